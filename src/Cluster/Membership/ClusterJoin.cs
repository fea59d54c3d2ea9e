using System.Collections.Immutable;
using Akka.Actor;
using Akka.Cluster;
using Microsoft.Extensions.Logging;
using Postfleet.Cluster.Common;
using Postfleet.Core;

namespace Postfleet.Cluster.Membership;

/// <summary>
/// Takes one actor system into the cluster, by <see cref="FoundingRule"/>, and says in the registry that it lives for as long as it is
/// there. A node that finds that another cluster was founded meanwhile, because it had been silent for too long, takes itself out.
/// </summary>
/// <remarks>
/// A node does not stay in a cluster on another database: mail that is accepted here would wait here, where none of its queues looks. Each
/// contact is asked before Akka asks it. One that does not answer then may let this node in later. So the members that this node meets are
/// looked at, too, until it is up.
/// </remarks>
internal sealed class ClusterJoin(
    ActorSystem system, IReadOnlyList<string> seeds, INodeRegistry registry, string? databaseId, ContactProbe probe, TimeProvider time,
    ILogger logger)
{
    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan SayInterval = TimeSpan.FromSeconds(30);

    /// <summary>Contacts that answer do so within a second; those that do not are asked why after this.</summary>
    private static readonly TimeSpan FirstProbe = TimeSpan.FromSeconds(4);

    /// <summary>Most contacts that are asked why they do not answer.</summary>
    private const int MaxProbed = 8;

    private static readonly TimeSpan FarewellLimit = TimeSpan.FromSeconds(5);

    private readonly Akka.Cluster.Cluster _cluster = Akka.Cluster.Cluster.Get(system);
    private readonly long _started = time.GetTimestamp();
    private readonly HashSet<string> _compared = new(StringComparer.OrdinalIgnoreCase);
    private IReadOnlyList<string> _contacts = [];
    private TimeSpan? _probeAt;
    private TimeSpan? _sayAt;
    private string? _reasons;
    private bool _isRegistryDown;
    private volatile string _problem = "not joined yet";

    /// <summary>What keeps this node from joining, in one line.</summary>
    public string Problem => _problem;

    /// <summary>Whether this node has been in the cluster.</summary>
    public bool HasEntered { get; private set; }

    private string Self => $"{_cluster.SelfAddress.Host}:{_cluster.SelfAddress.Port}";

    private long Incarnation => (uint)_cluster.SelfUniqueAddress.Uid;

    private TimeSpan Now => time.GetElapsedTime(_started);

    /// <summary>
    /// Asks the seeds which database they use. Those that do not answer within a second are asked again before they let this node in.
    /// </summary>
    /// <exception cref="StartFailureException">A seed uses another database.</exception>
    public Task CompareDatabasesAsync(CancellationToken stopped) =>
        CompareAsync(seeds.Where(seed => !seed.Equals(Self, StringComparison.OrdinalIgnoreCase)), stopped);

    /// <summary>Joins or founds a cluster; returns when this node is in it.</summary>
    /// <exception cref="StartFailureException">
    /// This node is to be alone and is not, another process lives under its address, or the cluster uses another database.
    /// </exception>
    public async Task EnterAsync(CancellationToken stopped)
    {
        var up = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _cluster.RegisterOnMemberUp(up.SetResult);
        var rule = new FoundingRule(Self, Incarnation, seeds);
        var founded = false;
        while (!up.Task.IsCompleted)
        {
            // Once a cluster has accepted it, only that cluster can say when it is up.
            if (!founded && _cluster.State.Members.All(member => member.UniqueAddress != _cluster.SelfUniqueAddress))
                founded = await TryAsync(rule, stopped);
            if (_probeAt <= Now) await ProbeAsync(stopped);
            if (!up.Task.IsCompleted) Say();
            await Task.WhenAny(up.Task, Task.Delay(LookInterval, time, stopped));
            stopped.ThrowIfCancellationRequested();
            CheckMembers();
        }

        (HasEntered, _problem) = (true, "the others have given it up");
    }

    /// <summary>
    /// Finds out what kept this node from joining, for an actor system that has ended before it was asked; see <see cref="Problem"/>.
    /// </summary>
    public async Task ExplainAsync(CancellationToken stopped)
    {
        if (_contacts.Count == 0) _contacts = [.. seeds.Where(seed => !seed.Equals(Self, StringComparison.OrdinalIgnoreCase))];
        if (!HasEntered && _reasons is null && _contacts.Count > 0) await ProbeAsync(stopped);
    }

    /// <summary>Says that this node lives until it is stopped; false when it had to take itself out.</summary>
    public async Task<bool> StayAsync(CancellationToken stopped)
    {
        var isEntered = false;
        using var timer = new PeriodicTimer(FoundingRule.BeatInterval, time);
        do
        {
            if (await AskAsync(BeatAsync) is false)
            {
                ClusterLog.Ousted(logger, Self);
                return false;
            }
        }
        while (await timer.WaitForNextTickAsync(stopped));
        return true;

        async Task<bool?> BeatAsync()
        {
            if (isEntered) return await registry.BeatAsync(Self, Incarnation, stopped);
            await registry.EnterAsync(Self, Incarnation, stopped);
            return isEntered = true;
        }
    }

    /// <summary>Takes this node out of the registry, so that the next cluster is founded without waiting for it.</summary>
    public async Task LeaveAsync()
    {
        using var limit = new CancellationTokenSource(FarewellLimit, time);
        await AskAsync<bool>(async () =>
        {
            await registry.LeaveAsync(Self, Incarnation, limit.Token);
            return true;
        });
    }

    private async Task<bool> TryAsync(FoundingRule rule, CancellationToken stopped)
    {
        if (await AskAsync(() => registry.ReadAsync(stopped)) is not { } rows) return false;
        switch (rule.Look(rows, Now))
        {
            case FoundingStep.Join join: await JoinAsync(join.Contacts, stopped); return false;
            case FoundingStep.Refuse refuse:
                throw new StartFailureException(
                    $"Cluster:Seeds is empty, so this node is to be alone, but {refuse.Other} lives on the same database; allowed: the seeds of its cluster");
            case FoundingStep.RefuseAddress:
                throw new StartFailureException(
                    $"Cluster:Host and Cluster:Port are '{Self}', but another process lives at this address on the same database; allowed: an address at which the others reach this node alone");
            case FoundingStep.Found found: return await FoundAsync(found, stopped);
            default: throw new InvalidOperationException("unknown step");
        }
    }

    private async Task<bool> FoundAsync(FoundingStep.Found found, CancellationToken stopped)
    {
        // Another was faster, or does not answer now: the next look shows.
        if (await AskAsync<bool?>(async () => await registry.TryFoundAsync(found.Expected, Self, Incarnation, stopped)) is not true)
            return false;
        ClusterLog.Founding(logger, Self);
        _cluster.Join(_cluster.SelfAddress);
        return true;
    }

    private async Task JoinAsync(IReadOnlyList<string> contacts, CancellationToken stopped)
    {
        _problem = contacts.Count == 0
            ? "waiting for the nodes that were here before to be silent"
            : _reasons ?? $"no answer to the wish to join from {string.Join(", ", contacts)}";
        if (contacts.Count == 0 || contacts.SequenceEqual(_contacts)) return;
        (_contacts, _probeAt, _reasons) = (contacts, Now + FirstProbe, null);
        await CompareAsync(contacts, stopped);
        // Akka asks them again and again by itself. This node's own address is never among them: it would found a cluster by Akka's rule.
        _cluster.JoinSeedNodes(contacts.Select(Address).ToImmutableList());
    }

    private async Task CompareAsync(IEnumerable<string> contacts, CancellationToken stopped)
    {
        if (databaseId is null) return;
        var answers = await Task.WhenAll(contacts.Where(contact => !_compared.Contains(contact)).Select(async contact =>
            (Contact: contact, Id: await DatabaseSign.AskAsync(system, Address(contact), stopped))));
        foreach (var (contact, id) in answers.Where(answer => answer.Id is not null))
        {
            if (id != databaseId) throw Foreign(contact, id!);
            _compared.Add(contact);
        }
    }

    // The oldest member decides: one that is not up yet may be here by mistake itself.
    private void CheckMembers()
    {
        var oldest = _cluster.State.Members
            .Where(member => member.Status == MemberStatus.Up && member.UniqueAddress != _cluster.SelfUniqueAddress)
            .Where(member => DatabaseSign.Of(member) is not null)
            .Aggregate((Member?)null, (oldest, member) => oldest is null || member.IsOlderThan(oldest) ? member : oldest);
        if (databaseId is null || oldest is null || DatabaseSign.Of(oldest) == databaseId) return;
        throw Foreign($"{oldest.Address.Host}:{oldest.Address.Port}", DatabaseSign.Of(oldest)!);
    }

    private StartFailureException Foreign(string node, string id)
    {
        var subject = seeds.Contains(node, StringComparer.OrdinalIgnoreCase) ? $"Cluster:Seeds has '{node}', which" : $"the node {node}";
        return new StartFailureException(
            $"{subject} uses the database {id}, but Storage:ConnectionString of this node leads to the database {databaseId}; " +
            "allowed: one database for all nodes of a cluster");
    }

    private async Task ProbeAsync(CancellationToken stopped)
    {
        _probeAt = Now + SayInterval;
        var reasons = await Task.WhenAll(_contacts.Take(MaxProbed).Select(async contact =>
        {
            var (host, port) = Split(contact);
            return $"{contact} {await probe.AskAsync(host, port, stopped)}";
        }));
        _reasons = _problem = string.Join("; ", reasons);
        // The reason is known now: nobody is to wait for it.
        _sayAt ??= Now;
    }

    private Address Address(string hostAndPort)
    {
        var (host, port) = Split(hostAndPort);
        return new Address(_cluster.SelfAddress.Protocol, system.Name, host, port);
    }

    private static (string Host, int Port) Split(string hostAndPort)
    {
        var colon = hostAndPort.LastIndexOf(':');
        return (hostAndPort[..colon].Trim('[', ']'), int
            .Parse(hostAndPort.AsSpan(colon + 1), System.Globalization.CultureInfo.InvariantCulture));
    }

    // Null while the database does not answer: the log has a line when that begins, and one when it ends.
    private async Task<T?> AskAsync<T>(Func<Task<T>> ask)
    {
        try
        {
            var answer = await ask();
            if (_isRegistryDown) ClusterLog.RegistryUp(logger);
            _isRegistryDown = false;
            return answer;
        }
        catch (RegistryException e)
        {
            _problem = $"the database does not say who is in the cluster: {e.Message}";
            if (!_isRegistryDown) ClusterLog.RegistryDown(logger, e.Message);
            _isRegistryDown = true;
            return default;
        }
    }

    private void Say()
    {
        if (Now < (_sayAt ?? SayInterval)) return;
        _sayAt = Now + SayInterval;
        ClusterLog.NotJoined(logger, Now, _problem);
    }
}
