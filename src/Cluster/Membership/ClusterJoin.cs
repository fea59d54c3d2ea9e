using System.Collections.Immutable;
using Akka.Actor;
using Microsoft.Extensions.Logging;
using Postfleet.Cluster.Common;
using Postfleet.Contracts;
using Postfleet.Core;

namespace Postfleet.Cluster.Membership;

/// <summary>
/// Joins an actor system to the cluster by <see cref="FoundingRule"/>, and then updates its row in the registry until it leaves. A node
/// leaves when another cluster was founded because it had been silent for too long. <see cref="ClusterNode"/> creates an instance for each
/// actor system and calls it from a task of the thread pool.
/// </summary>
/// <remarks>
/// A node must not join a cluster on another database, because the queues there would never find the mail accepted here. Each contact is
/// asked for its database before Akka asks it to join. A silent contact may still accept this node later, so the members are also compared
/// until this node is up.
/// </remarks>
internal sealed class ClusterJoin(
    ActorSystem system, IReadOnlyList<string> seeds, INodeRegistry registry, string? databaseId, ContactProbe probe, TimeProvider time,
    ILogger logger)
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LogInterval = TimeSpan.FromSeconds(30);

    /// <summary>Living contacts answer within a second. After this time the silent contacts are probed for the reason.</summary>
    private static readonly TimeSpan FirstProbe = TimeSpan.FromSeconds(4);

    /// <summary>Most contacts to probe.</summary>
    private const int MaxProbed = 8;

    private static readonly TimeSpan LeaveLimit = TimeSpan.FromSeconds(5);

    private readonly Akka.Cluster.Cluster _cluster = Akka.Cluster.Cluster.Get(system);
    private readonly long _started = time.GetTimestamp();
    private readonly DatabaseCheck _databases = new(system, seeds, databaseId);
    private IReadOnlyList<string> _contacts = [];
    private TimeSpan? _probeAt;
    private TimeSpan? _logAt;
    private string? _reasons;
    private bool _isRegistryDown;
    private volatile string _problem = "not joined yet";

    /// <summary>The reason why this node has not joined, in a single line.</summary>
    public string Problem => _problem;

    /// <summary>Whether this node has been in the cluster.</summary>
    public bool HasEntered { get; private set; }

    private string Self => _cluster.SelfAddress.HostAndPort();

    private long Incarnation => (uint)_cluster.SelfUniqueAddress.Uid;

    private TimeSpan Now => time.GetElapsedTime(_started);

    /// <summary>
    /// Asks the seeds for their database. Seeds without an answer within a second are asked again before this node joins.
    /// </summary>
    /// <exception cref="StartFailureException">A seed uses another database.</exception>
    public Task CompareDatabasesAsync(CancellationToken stopped) =>
        _databases.CompareAsync(seeds.Where(seed => !seed.Equals(Self, StringComparison.OrdinalIgnoreCase)), stopped);

    /// <summary>Joins or founds a cluster; returns when this node is in it.</summary>
    /// <exception cref="StartFailureException">This node has no seeds but another node lives, another process uses its address, or the
    /// cluster uses another database.</exception>
    public async Task EnterAsync(CancellationToken stopped)
    {
        var up = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _cluster.RegisterOnMemberUp(up.SetResult);
        var rule = new FoundingRule(Self, Incarnation, seeds);
        var founded = false;
        while (!up.Task.IsCompleted)
        {
            // After acceptance by a cluster the node waits for this cluster alone.
            if (!founded && _cluster.State.Members.All(member => member.UniqueAddress != _cluster.SelfUniqueAddress))
                founded = await TryAsync(rule, stopped);
            if (_probeAt <= Now) await ProbeAsync(stopped);
            if (!up.Task.IsCompleted) LogProblem();
            await Task.WhenAny(up.Task, Task.Delay(PollInterval, time, stopped));
            stopped.ThrowIfCancellationRequested();
            _databases.CheckMembers();
        }

        (HasEntered, _problem) = (true, "the other nodes have removed this node");
    }

    /// <summary>
    /// Probes the contacts for the reason why this node has not joined, for an actor system that ended before the first probe. The result
    /// is in <see cref="Problem"/>.
    /// </summary>
    public async Task ExplainAsync(CancellationToken stopped)
    {
        if (_contacts.Count == 0) _contacts = [.. seeds.Where(seed => !seed.Equals(Self, StringComparison.OrdinalIgnoreCase))];
        if (!HasEntered && _reasons is null && _contacts.Count > 0) await ProbeAsync(stopped);
    }

    /// <summary>Updates this node's row in the registry until the node is stopped; false when the registry no longer has the row.</summary>
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

    /// <summary>Removes this node from the registry. The next cluster is then founded without waiting for its silence.</summary>
    public async Task LeaveAsync()
    {
        using var limit = new CancellationTokenSource(LeaveLimit, time);
        await AskAsync<bool>(async () =>
        {
            await registry.LeaveAsync(Self, Incarnation, limit.Token);
            return true;
        });
    }

    private async Task<bool> TryAsync(FoundingRule rule, CancellationToken stopped)
    {
        if (await AskAsync(() => registry.ReadAsync(stopped)) is not { } rows) return false;
        switch (rule.Decide(rows, Now))
        {
            case FoundingStep.Join join: await JoinAsync(join.Contacts, stopped); return false;
            case FoundingStep.Refuse refuse:
                throw new StartFailureException(
                    $"Cluster:Seeds is empty, so this node must be alone, but {refuse.Other} lives on the same database; " +
                    "allowed: the seeds of its cluster");
            case FoundingStep.RefuseAddress:
                throw new StartFailureException(
                    $"Cluster:Host and Cluster:Port are '{Self}', but another process lives at this address on the same database; " +
                    "allowed: an address of this node alone");
            case FoundingStep.Found found: return await FoundAsync(found, stopped);
            default: throw new InvalidOperationException("unknown step");
        }
    }

    private async Task<bool> FoundAsync(FoundingStep.Found found, CancellationToken stopped)
    {
        // Another node was faster, or the database does not answer: the next poll shows.
        if (await AskAsync<bool?>(async () => await registry.TryFoundAsync(found.Expected, Self, Incarnation, stopped)) is not true)
            return false;
        ClusterLog.Founding(logger, Self);
        _cluster.Join(_cluster.SelfAddress);
        return true;
    }

    private async Task JoinAsync(IReadOnlyList<string> contacts, CancellationToken stopped)
    {
        _problem = contacts.Count == 0
            ? "waiting until all nodes in the registry have been silent for long enough"
            : _reasons ?? $"no answer to the request to join from {string.Join(", ", contacts)}";
        if (contacts.Count == 0 || contacts.SequenceEqual(_contacts)) return;
        (_contacts, _probeAt, _reasons) = (contacts, Now + FirstProbe, null);
        await _databases.CompareAsync(contacts, stopped);
        // Akka repeats the request by itself. This node's own address is never in the list: Akka would found a cluster by its own rule.
        _cluster.JoinSeedNodes(contacts.Select(contact => ContactAddress.ToAddress(contact, system)).ToImmutableList());
    }

    private async Task ProbeAsync(CancellationToken stopped)
    {
        _probeAt = Now + LogInterval;
        var reasons = await Task.WhenAll(_contacts.Take(MaxProbed).Select(async contact =>
        {
            var (host, port) = ContactAddress.Split(contact);
            return $"{contact} {await probe.AskAsync(host, port, stopped)}";
        }));
        _reasons = _problem = string.Join("; ", reasons);
        // The reason is known now, so it is logged at once.
        _logAt ??= Now;
    }

    // Null while the database does not answer. The begin and the end of an outage are logged.
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
            _problem = $"the registry of the cluster does not answer: {e.Message}";
            if (!_isRegistryDown) ClusterLog.RegistryDown(logger, e.Message);
            _isRegistryDown = true;
            return default;
        }
    }

    private void LogProblem()
    {
        if (Now < (_logAt ?? LogInterval)) return;
        _logAt = Now + LogInterval;
        ClusterLog.NotJoined(logger, Now, _problem);
    }
}
