namespace Postfleet.Spool.Common;

/// <summary>
/// Rows by name, with data that are opaque here, and secret. Every change has a number, which grows over all rows of the table in the order
/// of the commits: a reader that has seen a number misses no change before it. Thread-safe.
/// </summary>
/// <remarks>The methods throw <see cref="SpoolUnavailableException"/> when the storage fails; the caller tries again later.</remarks>
public interface INamedRows
{
    /// <summary>Finds a row; null for none.</summary>
    ValueTask<NamedRow?> FindAsync(string name, CancellationToken cancellationToken);

    /// <summary>Lists rows in the order of the octets of their names.</summary>
    /// <param name="after">Only rows behind this name; empty for the first.</param>
    /// <param name="limit">The maximum number.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    ValueTask<IReadOnlyList<NamedRow>> ListAsync(string after, int limit, CancellationToken cancellationToken);

    /// <summary>Reads the changed rows after a change, the deleted ones too, for a day at least.</summary>
    /// <param name="after">The number of the last change that the caller has seen.</param>
    /// <param name="limit">The maximum number of rows.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    ValueTask<NamedChanges> ReadChangesAsync(long after, int limit, CancellationToken cancellationToken);

    /// <summary>Creates, replaces or deletes a row. The change is durable when the method returns.</summary>
    /// <param name="name">The name.</param>
    /// <param name="data">The data; null to delete the row.</param>
    /// <param name="expected">The change of the row that must be in force; 0 for no row; null for any.</param>
    /// <param name="now">The time of the change.</param>
    /// <param name="cancellationToken">Ends the wait; the change may be durable all the same.</param>
    /// <returns>The number of the change; null if <paramref name="expected"/> is not in force or there is no row to delete.</returns>
    ValueTask<long?> WriteAsync(string name, string? data, long? expected, DateTimeOffset now, CancellationToken cancellationToken);
}

/// <summary>A row.</summary>
/// <param name="Name">The name.</param>
/// <param name="Data">The data, which are secret.</param>
/// <param name="Change">The number of the last change of the row.</param>
/// <param name="ChangedAt">When the row was last changed.</param>
public sealed record NamedRow(string Name, string Data, long Change, DateTimeOffset ChangedAt)
{
    /// <summary>Shows no data.</summary>
    public override string ToString() => $"{Name}, change {Change}";
}

/// <summary>The number of the last change of a row.</summary>
/// <param name="Name">The name of the row.</param>
/// <param name="Change">The number.</param>
public sealed record NamedChange(string Name, long Change);

/// <summary>Changes of rows.</summary>
/// <param name="Last">The number of the last change of any row of the table; 0 before the first.</param>
/// <param name="Epoch">Increases when the storage has lost changes; numbers may then be used again.</param>
/// <param name="Rows">The changed rows, in the order of the changes.</param>
public sealed record NamedChanges(long Last, long Epoch, IReadOnlyList<NamedChange> Rows)
{
    /// <summary>A random text that the storage keeps with the table, the same for all nodes. A secret.</summary>
    public string Salt { get; init; } = "";

    /// <summary>Shows no secret.</summary>
    public override string ToString() => $"{Rows.Count} changes up to {Last}";
}
