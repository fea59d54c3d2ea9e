using System.Net;

namespace Postfleet.Contracts.Users;

/// <summary>
/// The result of log-ins, as nodes report it to each other. It holds no name, since people type passwords into the wrong field.
/// </summary>
/// <param name="Name">A keyed hash of the name that the client gave, the same on all nodes; 0 for none.</param>
/// <param name="IsKnown">Whether it is the name of a user.</param>
/// <param name="Network">The first address of the client's network: a /24 of IPv4, or a /48 of IPv6.</param>
/// <param name="IsSuccess">Whether the client gave the right password, so that earlier failures of the user no longer count.</param>
public readonly record struct LoginReport(UInt128 Name, bool IsKnown, IPAddress Network, bool IsSuccess);

/// <summary>
/// Tells the other nodes with listeners of the log-ins of this node, so that the guessing of passwords is slowed over the whole cluster.
/// Reports arrive within half a second and may be lost. The module Operations implements it. Thread-safe.
/// </summary>
public interface ILoginReports
{
    /// <summary>Reports a log-in to the other nodes. Never waits: reports over a bound are dropped.</summary>
    void Add(LoginReport report);

    /// <summary>Sets the receiver of the reports of other nodes. It is called on the thread of an actor and must not wait.</summary>
    void SetReceiver(Action<LoginReport> receiver);
}
