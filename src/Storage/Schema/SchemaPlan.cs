namespace Postfleet.Storage.Schema;

/// <summary>One step of a schema's history.</summary>
/// <param name="Version">The version that it leads to: one more than the step before.</param>
/// <param name="Does">What it does, for the operator.</param>
/// <param name="Sql">Its statements. They are never changed once released: the next change is a step of its own.</param>
public sealed record SchemaStep(int Version, string Does, string Sql);

/// <summary>How a set of tables came to be what this version of the program reads and writes.</summary>
/// <param name="Name">Its name in <c>postfleet_schema</c>.</param>
/// <param name="Steps">All steps from the first version on, in order.</param>
public sealed record SchemaPlan(string Name, IReadOnlyList<SchemaStep> Steps)
{
    /// <summary>The version that this program knows.</summary>
    public int Version => Steps[^1].Version;
}

/// <summary>What differs between the engines.</summary>
public enum SchemaEngine
{
    /// <summary>A file that one process has locked.</summary>
    Sqlite = 1,

    /// <summary>A database where several nodes may come at once.</summary>
    Postgres = 2,
}
