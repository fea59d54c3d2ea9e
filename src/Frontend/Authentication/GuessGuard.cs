using System.Net;
using Postfleet.Contracts.Users;
using Postfleet.Frontend.Common;

namespace Postfleet.Frontend.Authentication;

/// <summary>
/// Slows down the guessing of passwords: the reply to a failed attempt comes after 1, 2, 4 and at most 30 s, counted by user and by
/// network, where four count as one. After ten failures each further one also ends its session. A delay also counts when its client has
/// left: while many failures wait, further attempts of the same network are refused before the password is checked. A success is never
/// delayed, so nobody can lock out a user of another network. Names of no user count as users do, so that delays do not tell them apart. A
/// count is forgotten after 15 minutes without a failure. Failures on other nodes count as those of this node, within half a second. The
/// tables are bounded. Thread-safe.
/// </summary>
internal sealed class GuessGuard
{
    /// <summary>The number of failures from which on a failure ends the session.</summary>
    public const int Most = 10;

    /// <summary>The most failures of a user that may wait for their replies in a network.</summary>
    public const int MaxWaitingOfUser = 5;

    /// <summary>The most failures that may wait for their replies in a network.</summary>
    public const int MaxWaiting = 100;

    /// <summary>The longest delay.</summary>
    public static readonly TimeSpan MaxDelay = TimeSpan.FromSeconds(30);

    /// <summary>How long a count is kept without another failure.</summary>
    public static readonly TimeSpan Memory = TimeSpan.FromMinutes(15);

    private const int UsersPerNetwork = 4;

    private readonly Lock _lock = new();
    private readonly GuessCounts _counts;

    // Apart, so that invented names do not push the counts of users out of the table.
    private readonly GuessCounts _unknown;

    private readonly TimeProvider _time;
    private readonly ILoginReports? _others;
    private readonly GuessAlarm? _alarm;

    /// <param name="time">The clock.</param>
    /// <param name="others">Tells the other nodes; null for a node by itself.</param>
    /// <param name="alarm">Tells the operator; null for nobody.</param>
    public GuessGuard(TimeProvider time, ILoginReports? others = null, GuessAlarm? alarm = null)
    {
        (_time, _others, _alarm) = (time, others, alarm);
        (_counts, _unknown) = (new GuessCounts(time), new GuessCounts(time));
        others?.SetReceiver(Receive);
    }

    /// <summary>Whether the password of an attempt may be checked, since few earlier failures wait for their replies.</summary>
    /// <param name="name">The name that the client gave.</param>
    /// <param name="client">The client.</param>
    public bool MayTry(in GuessName name, IPAddress client)
    {
        var network = NetworkOf(client);
        lock (_lock)
        {
            return _counts.Waiting(network) < MaxWaiting && TableOf(name.IsKnown).Waiting((network, name.Hash)) < MaxWaitingOfUser;
        }
    }

    /// <summary>Counts a failure, on the other nodes too.</summary>
    /// <param name="name">The name that the client gave.</param>
    /// <param name="client">The client.</param>
    /// <returns>When the client gets its reply, and whether the session should end then.</returns>
    public (TimeSpan Delay, bool IsLast) Failed(in GuessName name, IPAddress client)
    {
        var network = NetworkOf(client);
        int failures, alarmOfUser, alarmOfNetwork;
        TimeSpan delay;
        lock (_lock)
        {
            (failures, delay) = Count(name.Hash, name.IsKnown, network);
            alarmOfNetwork = _counts.ReportOnce(network, Most * UsersPerNetwork);
            alarmOfUser = name.IsKnown ? _counts.ReportOnce(name.Hash, Most) : 0;
        }

        if (name.IsPortable) _others?.Add(new LoginReport(name.Hash, name.IsKnown, network, IsSuccess: false));
        if (alarmOfUser > 0) _alarm?.OfUser(name.User, alarmOfUser, client);
        if (alarmOfNetwork > 0) _alarm?.OfNetwork(network, alarmOfNetwork);
        return (delay, failures > Most);
    }

    /// <summary>Forgets the failures of a user, who has given the right password, on all nodes. Those of the network stay.</summary>
    /// <param name="name">The user.</param>
    /// <param name="client">The client.</param>
    public void Succeeded(in GuessName name, IPAddress client)
    {
        bool hadFailures;
        lock (_lock) hadFailures = _counts.Remove(name.Hash);
        // Most log-ins have no failure before them and cost no message.
        if (hadFailures && name.IsShared) _others?.Add(new LoginReport(name.Hash, IsKnown: true, NetworkOf(client), IsSuccess: true));
    }

    private static IPAddress NetworkOf(IPAddress client) => ClientKeys.Of(client).Network ?? client;

    private GuessCounts TableOf(bool isKnown) => isKnown ? _counts : _unknown;

    private void Receive(LoginReport report)
    {
        lock (_lock)
        {
            if (report.IsSuccess) _counts.Remove(report.Name);
            else Count(report.Name, report.IsKnown, report.Network);
        }
    }

    private (int Failures, TimeSpan Delay) Count(UInt128 name, bool isKnown, IPAddress network)
    {
        var ofNetwork = _counts.Add(network);
        // Many users may share a network.
        var failures = (ofNetwork.Failures + UsersPerNetwork - 1) / UsersPerNetwork;
        GuessCounts.Entry? ofUser = null;
        if (name != 0)
        {
            var table = TableOf(isKnown);
            failures = Math.Max(failures, table.Add(name).Failures);
            ofUser = table.Add((network, name));
        }

        var delay = TimeSpan.FromSeconds(1 << Math.Min(failures - 1, 5));
        if (delay > MaxDelay) delay = MaxDelay;
        var end = _time.GetTimestamp() + (long)(delay.TotalSeconds * _time.TimestampFrequency);
        ofNetwork.Ends.Enqueue(end);
        ofUser?.Ends.Enqueue(end);
        return (failures, delay);
    }
}
