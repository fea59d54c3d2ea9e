namespace Postfleet.Storage.Postgres;

/// <summary>Tells one incarnation of a database server from another.</summary>
/// <param name="System">The system identifier, which a primary and its standbys share.</param>
/// <param name="Timeline">The timeline, which increases when a standby is promoted and when a backup is restored.</param>
/// <param name="Started">The time of the server's start.</param>
internal sealed record ServerIdentity(string System, long Timeline, DateTime Started);

/// <summary>A server as a new connection sees it.</summary>
/// <param name="IsStandby">Whether the server is a standby, which accepts no writes.</param>
/// <param name="IsReadOnly">Whether transactions are read-only.</param>
/// <param name="HasPooler">Whether a connection pooler is between this program and the server.</param>
/// <param name="Identity">The incarnation of a primary; null for a standby, and where the server does not tell.</param>
internal readonly record struct ServerState(bool IsStandby, bool IsReadOnly, bool HasPooler, ServerIdentity? Identity);
