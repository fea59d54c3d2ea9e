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
/// Three actor systems of one process: a queue node that ends without a word, and two nodes that ask the registry what has become of it.
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
    public async Task When_the_queue_node_is_dead_the_others_stay_and_let_the_next_one_in()
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
    /// The resolver that starts when queue nodes are back knows the living members alone. One that counted the dead queue nodes would take
    /// the next trouble for the loss of most queue nodes, and end this cluster.
    /// </summary>
    [Fact]
    public async Task After_queue_nodes_have_died_and_come_back_the_next_trouble_is_judged_by_the_living_alone()
    {
        await _queue.Terminate();
        await Eventually.True(() => Orphans.All(system => Members(system) == 2), Limit, "it is removed");
        // As many as have died: with the dead node among the voters it would be a tie, which the dead node's lower port decides.
        ActorSystem[] next = [Start("queue")];
        foreach (var system in next) Member(system).Join(Member(_frontend).SelfAddress);
        await Eventually.True(() => Orphans.Concat(next).All(system => Up(system) == 3), Limit, "the next one is up");
        // The guards look each second, and start their resolvers then.
        var asked = _registry.Asked;
        await Eventually.True(() => _registry.Asked == asked || (asked = _registry.Asked) < 0, Limit, "they ask no more");

        // A sender dies: the resolver of a survivor decides, and all queue nodes live.
        await _sender.Terminate();
        await Eventually.True(
            () => next.Append(_frontend).All(system => Members(system) == 2 || system.WhenTerminated.IsCompleted), Limit,
            "the sender is removed");
        Assert.DoesNotContain(next.Append(_frontend), system => system.WhenTerminated.IsCompleted);
        Assert.All(next.Append(_frontend), system => Assert.Equal(2, Up(system)));
    }

    /// <summary>Akka would start it with the same props, and so with the members that the failed one knew.</summary>
    [Theory]
    [InlineData("queue")]
    [InlineData("frontend")]
    public async Task A_resolver_that_failed_is_followed_by_one_of_new_props(string role)
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

    /// <summary>As on the losing side of a split.</summary>
    [Fact]
    public async Task When_the_queue_node_lives_elsewhere_the_others_give_up()
    {
        _registry.IsAlive = true;
        await _queue.Terminate();
        await Task.WhenAll(Orphans.Select(system => system.WhenTerminated)).WaitAsync(Limit);
        Assert.NotNull(_registry.Node);
    }

    [Fact]
    public async Task While_the_database_is_away_the_others_wait()
    {
        (_registry.IsAway, _registry.IsAlive) = (true, true);
        await _queue.Terminate();
        // One look a second by each of two: longer than the split brain resolver would have taken.
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

    /// <summary>Knows the queue node alone.</summary>
    private sealed class FakeRegistry : INodeRegistry
    {
        private readonly long _started = TimeProvider.System.GetTimestamp();
        private readonly Lock _gate = new();
        private int _asked;

        public NodeRow? Node { get; set; }

        /// <summary>Whether the queue node goes on beating.</summary>
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

        public Task<bool> TakeOutAsync(NodeRow seen, CancellationToken cancellationToken)
        {
            lock (_gate)
            {
                if (Node == seen) Node = null;
                return Task.FromResult(Node is null);
            }
        }

        public Task<bool> TryFoundAsync(
            IReadOnlyList<NodeRow> expected, string address, long incarnation, CancellationToken cancellationToken) =>
            throw new NotSupportedException();

        public Task EnterAsync(string address, long incarnation, CancellationToken cancellationToken) => throw new NotSupportedException();

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
