namespace Postfleet.Contracts.Persistence;

/// <summary>
/// Replaces a damaged row in a replay: its bytes do not have the format of its manifest. The content is lost, but the entity knows about
/// the existence of the row. Never written.
/// </summary>
/// <param name="Manifest">The manifest of the row.</param>
/// <param name="Bytes">The bytes of the row.</param>
/// <param name="Reason">The reason why the row cannot be read.</param>
public sealed record UnreadableRow(string Manifest, byte[] Bytes, string Reason);

/// <summary>
/// Sent in a replay of a queue without rows: the queue has had no owner yet, or was empty for so long that its last row was deleted. Never
/// written.
/// </summary>
/// <param name="SettledBefore">Parts settled by earlier owners were accepted before this time.</param>
public sealed record NoRowsKept(DateTimeOffset SettledBefore);
