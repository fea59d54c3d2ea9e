using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Cluster;
using Akka.Configuration;
using Microsoft.Extensions.Logging.Abstractions;
using Postfleet.Cluster.Membership;
using Postfleet.Testing;
using Xunit;

namespace Postfleet.Cluster.Tests;

/// <summary>
/// Tests with three actor systems of a process: a crashing queue node, and two nodes asking the registry whether it lives.
/// </summary>
public sealed class DowningGuardTests : IAsyncLifetime
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(120);

    private readonly FakeRegistry _registry = new();
    private readonly List<ActorSystem> _systems = [];
    private ActorSystem _queue = null!;
    private ActorSystem _sender = null!;
    private ActorSystem _frontend = null!;

    private ActorSystem[] Orphans => [_sender, _frontend];

    public async Task InitializeAsync()
    {
        (_queue, _sender, _frontend) = (Start("queue"), Start("delivery"), Start("frontend"));
        foreach (var system in _systems) Member(system).Join(Member(_queue).SelfAddress);
        await Eventually.True(() => _systems.All(system => Up(system) == 3), Limit, "all are up");
        _registry.Node = new NodeRow(
            $"{Member(_queue).SelfAddress.Host}:{Member(_queue).SelfAddress.Port}", (uint)Member(_queue).SelfUniqueAddress.Uid, 1);
    }

    public Task DisposeAsync() => Task.WhenAll(_systems.Select(system => system.Terminate()));

    [Fact]
    public async Task Nodes_stay_after_the_death_of_the_queue_node_and_admit_the_next()
    {
        await _queue.Terminate();
        await Eventually.True(() => Orphans.All(system => Members(system) == 2), Limit, "it is removed");
        Assert.Null(_registry.Node);
        var next = Start("queue");
        Member(next).Join(Member(_frontend).SelfAddress);
        await Eventually.True(() => Orphans.Append(next).All(system => Up(system) == 3), Limit, "the next one is up");
        Assert.DoesNotContain(Orphans, system => system.WhenTerminated.IsCompleted);
    }

    /// <summary>
    /// The resolver started when queue nodes are back must know living members only. If it counted the dead queue nodes, it would take the
    /// next failure for the loss of most queue nodes and end this cluster.
    /// </summary>
    [Fact]
    public async Task Resolver_after_a_loss_of_queue_nodes_counts_living_nodes_only()
    {
        await _queue.Terminate();
        await Eventually.True(() => Orphans.All(system => Members(system) == 2), Limit, "it is removed");
        // As many queue nodes as have died. With the dead node among the voters the vote would be a tie, and the dead node's lower port
        // would decide.
        ActorSystem[] next = [Start("queue")];
        foreach (var system in next) Member(system).Join(Member(_frontend).SelfAddress);
        await Eventually.True(() => Orphans.Concat(next).All(system => Up(system) == 3), Limit, "the next one is up");
        // The guards check every second and then start their resolvers.
        var asked = _registry.Asked;
        await Eventually.True(() => _registry.Asked == asked || (asked = _registry.Asked) < 0, Limit, "they ask no more");

        // A delivery node dies. The resolver of a survivor decides, and all queue nodes live.
        await _sender.Terminate();
        await Eventually.True(
            () => next.Append(_frontend).All(system => Members(system) == 2 || system.WhenTerminated.IsCompleted), Limit,
            "the sender is removed");
        Assert.DoesNotContain(next.Append(_frontend), system => system.WhenTerminated.IsCompleted);
        Assert.All(next.Append(_frontend), system => Assert.Equal(2, Up(system)));
    }

    /// <summary>Akka would restart a failed resolver with the same props, which hold the members known to the resolver.</summary>
    [Theory]
    [InlineData("queue")]
    [InlineData("frontend")]
    public async Task Failed_resolver_is_replaced_with_new_props(string role)
    {
        var system = role == "queue" ? _queue : _frontend;
        var made = 0;
        IActorRef running = ActorRefs.Nobody;
        Action<IActorRef> started = self => running = self;
        Func<Props> resolver = () =>
        {
            made++;
            return Props.Create(() => new FailingResolver(started));
        };
        var guard = system.ActorOf(Props.Create(() => new DowningGuard(
            Member(system), resolver, new DowningGuardSetup(_registry, TimeProvider.System, NullLogger.Instance))));
        await Eventually.True(() => !running.IsNobody(), Limit, "it runs");
        var first = running;
        first.Tell("fail");
        await Eventually.True(() => !running.Equals(first), Limit, "another one runs");
        Assert.Equal(2, made);
        system.Stop(guard);
    }

    /// <summary>This is the losing side of a split.</summary>
    [Fact]
    public async Task Nodes_leave_when_the_queue_node_lives_elsewhere()
    {
        _registry.IsAlive = true;
        await _queue.Terminate();
        await Task.WhenAll(Orphans.Select(system => system.WhenTerminated)).WaitAsync(Limit);
        Assert.NotNull(_registry.Node);
    }

    [Fact]
    public async Task Nodes_wait_while_the_database_is_unavailable()
    {
        (_registry.IsAway, _registry.IsAlive) = (true, true);
        await _queue.Terminate();
        // Two nodes read once a second: longer than the split brain resolver would have taken.
        await Eventually.True(() => _registry.Asked >= 30, Limit, "they ask");
        Assert.DoesNotContain(Orphans, system => system.WhenTerminated.IsCompleted);
        Assert.All(Orphans, system => Assert.Equal(3, Members(system)));
        _registry.IsAway = false;
        await Task.WhenAll(Orphans.Select(system => system.WhenTerminated)).WaitAsync(Limit);
    }

    private static Akka.Cluster.Cluster Member(ActorSystem system) => Akka.Cluster.Cluster.Get(system);

    private static int Members(ActorSystem system) => Member(system).State.Members.Count;

    private static int Up(ActorSystem system) => Member(system).State.Members.Count(member => member.Status == MemberStatus.Up);

    private ActorSystem Start(string role)
    {
        var config = ConfigurationFactory.ParseString($$"""
            akka {
              stdout-loglevel = OFF
              loglevel = OFF
              actor.provider = cluster
              remote.dot-netty.tcp { hostname = "127.0.0.1", port = 0 }
              coordinated-shutdown { exit-clr = off, run-by-clr-shutdown-hook = off, run-by-actor-system-terminate = off }
              cluster {
                roles = ["{{role}}"]
                run-coordinated-shutdown-when-down = on
                downing-provider-class = "Postfleet.Cluster.Membership.DowningGuardProvider, Postfleet.Cluster"
                split-brain-resolver { active-strategy = keep-majority, stable-after = 6s, keep-majority.role = queue }
              }
            }
            """);
        var setup = ActorSystemSetup.Create(
            BootstrapSetup.Create().WithConfig(config), new DowningGuardSetup(_registry, TimeProvider.System, NullLogger.Instance));
        var system = ActorSystem.Create("postfleet", setup);
        _systems.Add(system);
        return system;
    }

    /// <summary>A registry with the queue node only.</summary>
    private sealed class FakeRegistry : INodeRegistry
    {
        private readonly long _started = TimeProvider.System.GetTimestamp();
        private readonly Lock _gate = new();
        private int _asked;

        public NodeRow? Node { get; set; }

        /// <summary>Whether the queue node beats.</summary>
        public bool IsAlive { get; set; }

        public bool IsAway { get; set; }

        public int Asked => Volatile.Read(ref _asked);

        public Task<IReadOnlyList<NodeRow>> ReadAsync(CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref _asked);
            if (IsAway) throw new RegistryException("away", new TimeoutException());
            lock (_gate)
            {
                if (Node is not { } node) return Task.FromResult<IReadOnlyList<NodeRow>>([]);
                var beats = IsAlive ? (long)(TimeProvider.System.GetElapsedTime(_started) / FoundingRule.BeatInterval) : 0;
                return Task.FromResult<IReadOnlyList<NodeRow>>([node with { Beat = node.Beat + beats }]);
            }
        }

        public Task<bool> RemoveAsync(NodeRow row, CancellationToken cancellationToken)
        {
            lock (_gate)
            {
                if (Node == row) Node = null;
                return Task.FromResult(Node is null);
            }
        }

        public Task<bool> TryFoundAsync(IReadOnlyList<NodeRow> expected, NodeEntry node, CancellationToken cancellationToken) =>
            throw new NotSupportedException();

        public Task<bool> TryEnterAsync(
            NodeEntry node, NodeRow? former, IReadOnlySet<(string Address, long Incarnation)> members,
            CancellationToken cancellationToken) =>
            throw new NotSupportedException();

        public Task<bool> BeatAsync(string address, long incarnation, CancellationToken cancellationToken) =>
            throw new NotSupportedException();

        public Task LeaveAsync(string address, long incarnation, CancellationToken cancellationToken) => throw new NotSupportedException();
    }

    private sealed class FailingResolver(Action<IActorRef> started) : UntypedActor
    {
        protected override void PreStart() => started(Self);

        protected override void OnReceive(object message) => throw new InvalidOperationException("fails");
    }
}
