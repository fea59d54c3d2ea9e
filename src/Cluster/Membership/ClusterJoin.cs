using System.Collections.Immutable;
using Akka.Actor;
using Microsoft.Extensions.Logging;
using Postfleet.Cluster.Common;
using Postfleet.Contracts;
using Postfleet.Core;

namespace Postfleet.Cluster.Membership;

/// <summary>
/// Joins an actor system to the cluster by <see cref="FoundingRule"/> and <see cref="AddressRule"/>, and then updates its row in the
/// registry until it leaves (<see cref="ClusterStay"/>). A node leaves when another cluster was founded because it had been silent for too
/// long. <see cref="ClusterNode"/> creates an instance for each actor system and calls it from a task of the thread pool.
/// </summary>
/// <remarks>
/// A node must not join a cluster on another database, because the queues there would never find the mail accepted here. Each contact is
/// asked for its database before Akka asks it to join. A silent seed may still accept this node later, so the members are also compared
/// until this node is up. A contact from the registry is asked to join only after its answer: its address may be in use by another cluster
/// since its node has died.
/// </remarks>
internal sealed class ClusterJoin(
    ActorSystem system, NodeProcess process, ClusterNodeSettings settings, INodeRegistry registry, string? databaseId, TimeProvider time,
    ILogger logger)
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LogInterval = TimeSpan.FromSeconds(30);

    /// <summary>Contacts on a fast network answer earlier.</summary>
    private static readonly TimeSpan ComparisonWait = TimeSpan.FromMilliseconds(500);

    /// <summary>Living contacts answer within a second. After this time the silent contacts are probed for the reason.</summary>
    private static readonly TimeSpan FirstProbe = TimeSpan.FromSeconds(4);

    /// <summary>Most contacts to probe.</summary>
    private const int MaxProbed = 8;

    private static readonly TimeSpan LeaveLimit = TimeSpan.FromSeconds(5);

    private readonly Akka.Cluster.Cluster _cluster = Akka.Cluster.Cluster.Get(system);
    private readonly long _started = time.GetTimestamp();
    private readonly DatabaseCheck _databases = new(system, settings.Seeds, databaseId);
    private readonly ContactProbe _probe = new(settings.Tls, time);
    private readonly RegistryLink _link = new(logger);
    private readonly FoundingRule _founding = new(
        Akka.Cluster.Cluster.Get(system).SelfAddress.HostAndPort(), settings.Seeds, settings.Roles.Contains(NodeRoles.Queue),
        settings.IsHostFound);

    private readonly AddressRule _address = new(Akka.Cluster.Cluster.Get(system).SelfAddress.HostAndPort(), process);
    private IReadOnlyList<string> _contacts = [];
    private HashSet<string> _asked = new(StringComparer.OrdinalIgnoreCase);
    private Task<IReadOnlyList<string>>? _comparison;
    private TimeSpan? _probeAt;
    private TimeSpan? _logAt;
    private string? _reasons;
    private volatile string _problem = "not joined yet";

    /// <summary>The reason why this node has not joined, in a single line.</summary>
    public string Problem => _problem;

    /// <summary>Whether this node has been in the cluster.</summary>
    public bool HasEntered { get; private set; }

    /// <summary>Whether the node must end because it cannot use its address in the cluster.</summary>
    public bool IsAddressRefused { get; private set; }

    private string Self => _cluster.SelfAddress.HostAndPort();

    private long Incarnation => (uint)_cluster.SelfUniqueAddress.Uid;

    private NodeEntry Entry => new(Self, Incarnation, process);

    private TimeSpan Now => time.GetElapsedTime(_started);

    /// <summary>
    /// Checks, before any listener is open, whether this node may join: its address, and the databases of the seeds. Waits only if a row of
    /// the registry is a reason for doubt, for some seconds. Questions without an answer, because the registry or a seed is silent, are
    /// open until this node joins.
    /// </summary>
    /// <exception cref="StartFailureException">Another process uses the address, the address is of another kind than the addresses of
    /// living nodes, or a seed uses another database.</exception>
    public async Task CheckAsync(CancellationToken stopped)
    {
        while (await _link.AskAsync(() => registry.ReadAsync(stopped)) is { } rows && DecideAddress(rows) is AddressStep.Wait)
            await Task.Delay(PollInterval, time, stopped);
        await _databases.CompareAsync(settings.Seeds.Where(seed => !seed.Equals(Self, StringComparison.OrdinalIgnoreCase)), stopped);
    }

    /// <summary>Joins or founds a cluster; returns when this node is in it.</summary>
    /// <exception cref="StartFailureException">This node cannot use its address, or the cluster uses another database.</exception>
    public async Task EnterAsync(CancellationToken stopped)
    {
        var up = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _cluster.RegisterOnMemberUp(up.SetResult);
        var founded = false;
        while (!up.Task.IsCompleted)
        {
            // After acceptance by a cluster the node waits for this cluster alone.
            if (!founded && _cluster.State.Members.All(member => member.UniqueAddress != _cluster.SelfUniqueAddress))
                founded = await TryAsync(stopped);
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
        if (_contacts.Count == 0) _contacts = [.. settings.Seeds.Where(seed => !seed.Equals(Self, StringComparison.OrdinalIgnoreCase))];
        if (!HasEntered && _reasons is null && _contacts.Count > 0) await ProbeAsync(stopped);
    }

    /// <summary>Updates this node's row in the registry until the node is stopped; false when the registry no longer has the row.</summary>
    /// <exception cref="StartFailureException">Another process has taken the address of this node.</exception>
    public async Task<bool> StayAsync(CancellationToken stopped)
    {
        try
        {
            return await new ClusterStay(_cluster, Entry, _address, registry, _link, time, _started, logger).RunAsync(stopped);
        }
        catch (StartFailureException)
        {
            IsAddressRefused = true;
            throw;
        }
    }

    /// <summary>Removes this node from the registry. The next cluster is then founded without waiting for its silence.</summary>
    public async Task LeaveAsync()
    {
        using var limit = new CancellationTokenSource(LeaveLimit, time);
        await _link.AskAsync<bool>(async () =>
        {
            await registry.LeaveAsync(Self, Incarnation, limit.Token);
            return true;
        });
    }

    private async Task<bool> TryAsync(CancellationToken stopped)
    {
        if (await _link.AskAsync(() => registry.ReadAsync(stopped)) is not { } rows)
        {
            _problem = _link.Problem!;
            return false;
        }

        var step = _founding.Decide(rows, Now);
        if (DecideAddress(rows) is AddressStep.Wait wait)
        {
            _problem = wait.Reason;
            return false;
        }

        switch (step)
        {
            case FoundingStep.Join join: await JoinAsync(join.Contacts, stopped); return false;
            case FoundingStep.Found found: return await FoundAsync(found, stopped);
            default: throw new InvalidOperationException("unknown step");
        }
    }

    private AddressStep DecideAddress(IReadOnlyList<NodeRow> rows)
    {
        var step = _address.Decide(rows, Now);
        if (step is not AddressStep.Refuse refuse) return step;
        IsAddressRefused = true;
        throw new StartFailureException(refuse.Reason);
    }

    private async Task<bool> FoundAsync(FoundingStep.Found found, CancellationToken stopped)
    {
        // Another node was faster, or the database does not answer: the next poll shows.
        if (await _link.AskAsync<bool?>(async () => await registry.TryFoundAsync(found.Expected, Entry, stopped)) is not true)
            return false;
        ClusterLog.Founding(logger, Self);
        _cluster.Join(_cluster.SelfAddress);
        return true;
    }

    private async Task JoinAsync(IReadOnlyList<string> contacts, CancellationToken stopped)
    {
        _problem = contacts.Count > 0 ? _reasons ?? $"no answer to the request to join from {string.Join(", ", contacts)}"
            : _founding.MayFound ? "waiting until all nodes in the registry have been silent for long enough"
            : "waiting for a node that founds a cluster: one with the role queue, or one of Cluster:Seeds";
        if (contacts.Count == 0) return;
        if (!contacts.ToHashSet(StringComparer.OrdinalIgnoreCase).SetEquals(_contacts))
            (_contacts, _probeAt, _reasons) = (contacts, Now + FirstProbe, null);
        _comparison ??= _databases.CompareAsync(contacts, stopped);
        // A contact that does not answer must not delay the reads of the registry, which measure its silence.
        await Task.WhenAny(_comparison, Task.Delay(ComparisonWait, time, stopped));
        if (!_comparison.IsCompleted) return;
        var asked = (await _comparison).ToHashSet(StringComparer.OrdinalIgnoreCase);
        _comparison = null;
        if (asked.Count == 0 || asked.SetEquals(_asked)) return;
        _asked = asked;
        // Akka repeats the request by itself. This node's own address is never in the list: Akka would found a cluster by its own rule.
        _cluster.JoinSeedNodes(asked.Select(contact => ContactAddress.ToAddress(contact, system)).ToImmutableList());
    }

    private async Task ProbeAsync(CancellationToken stopped)
    {
        _probeAt = Now + LogInterval;
        var reasons = await Task.WhenAll(_contacts.Take(MaxProbed).Select(async contact =>
        {
            var (host, port) = ContactAddress.Split(contact);
            return $"{contact} {await _probe.AskAsync(host, port, stopped)}";
        }));
        _reasons = _problem = string.Join("; ", reasons);
        // The reason is known now, so it is logged at once.
        _logAt ??= Now;
    }

    private void LogProblem()
    {
        if (Now < (_logAt ?? LogInterval)) return;
        _logAt = Now + LogInterval;
        ClusterLog.NotJoined(logger, Now, _problem);
    }
}
