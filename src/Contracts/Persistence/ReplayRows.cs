namespace Postfleet.Contracts.Persistence;

/// <summary>
/// Stands in a replay for a row whose bytes are not what its manifest says: damaged storage. What it held is lost; that there was something
/// is known. Never written.
/// </summary>
/// <param name="Manifest">The row's manifest.</param>
/// <param name="Bytes">What stands there.</param>
/// <param name="Reason">Why it cannot be read.</param>
public sealed record UnreadableRow(string Manifest, byte[] Bytes, string Reason);

/// <summary>
/// Stands in a replay for all rows of a queue that has none: nobody has owned the queue yet, or it was empty for so long that its last row
/// was deleted. Never written.
/// </summary>
/// <param name="SettledBefore">All that an earlier owner may have settled was accepted before this.</param>
public sealed record NoRowsKept(DateTimeOffset SettledBefore);
