namespace Postfleet.Storage.Schema;

/// <summary>A step of a schema's history.</summary>
/// <param name="Version">The schema version after the step: the version of the previous step plus 1.</param>
/// <param name="Does">The change in words, for the operator.</param>
/// <param name="Sql">Its statements. Released statements never change: each further change is a new step.</param>
public sealed record SchemaStep(int Version, string Does, string Sql);

/// <summary>All versions of a set of tables, as the ordered steps up to the current version.</summary>
/// <param name="Name">Its name in <c>postfleet_schema</c>.</param>
/// <param name="Steps">All steps from the first version on, in order.</param>
public sealed record SchemaPlan(string Name, IReadOnlyList<SchemaStep> Steps)
{
    /// <summary>The current version, used by this program.</summary>
    public int Version => Steps[^1].Version;

    /// <summary>
    /// Steps after the plan's own, with a version of their own, which programs without them can ignore: columns with a default, indexes. An
    /// older program therefore starts on the tables, and a downgrade can go node by node. Null for none.
    /// </summary>
    public SchemaPlan? Additions { get; init; }

    /// <summary>
    /// The number of additions that development builds counted as versions of the plan itself: a database of such a build keeps its
    /// version.
    /// </summary>
    public int FormerAdditions { get; init; }
}

/// <summary>The engine of a schema, for the statements that differ.</summary>
public enum SchemaEngine
{
    /// <summary>SQLite: a file locked by a single process.</summary>
    Sqlite = 1,

    /// <summary>PostgreSQL: several nodes may migrate at once.</summary>
    Postgres = 2,
}
