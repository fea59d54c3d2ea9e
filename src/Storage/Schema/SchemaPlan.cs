namespace Postfleet.Storage.Schema;

/// <summary>One step of a schema's history.</summary>
/// <param name="Version">The schema version after the step: one more than the step before.</param>
/// <param name="Does">The change in words, for the operator.</param>
/// <param name="Sql">Its statements. Released statements never change: each further change is a new step.</param>
public sealed record SchemaStep(int Version, string Does, string Sql);

/// <summary>All versions of a set of tables, as the ordered steps that lead to the version that this program uses.</summary>
/// <param name="Name">Its name in <c>postfleet_schema</c>.</param>
/// <param name="Steps">All steps from the first version on, in order.</param>
public sealed record SchemaPlan(string Name, IReadOnlyList<SchemaStep> Steps)
{
    /// <summary>The version that this program uses.</summary>
    public int Version => Steps[^1].Version;
}

/// <summary>The engine of a schema, for the statements that differ.</summary>
public enum SchemaEngine
{
    /// <summary>SQLite: a file that one process has locked.</summary>
    Sqlite = 1,

    /// <summary>PostgreSQL: several nodes may migrate at once.</summary>
    Postgres = 2,
}
