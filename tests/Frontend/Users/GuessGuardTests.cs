using System.Net;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Postfleet.Contracts.Users;
using Postfleet.Frontend.Authentication;
using Postfleet.Frontend.Tests.Fixtures;
using Xunit;

namespace Postfleet.Frontend.Tests.Users;

/// <summary>The delays of failed attempts, and the attempts that are refused meanwhile.</summary>
public sealed class GuessGuardTests
{
    private static readonly IPAddress Client = IPAddress.Parse("192.0.2.1");
    private static readonly IPAddress Neighbour = IPAddress.Parse("192.0.2.77");
    private static readonly IPAddress Elsewhere = IPAddress.Parse("198.51.100.1");

    private readonly FakeTimeProvider _time = new();
    private readonly GuessGuard _guard;

    public GuessGuardTests() => _guard = new GuessGuard(_time);

    [Fact]
    public void Delays_of_unknown_names_are_those_of_users()
    {
        var unknown = new GuessGuard(_time);
        for (var i = 0; i < 12; i++)
            Assert.Equal(_guard.Failed(User("alice"), Client), unknown.Failed(Unknown("nobody"), Client));
        Assert.Equal((GuessGuard.MaxDelay, true), _guard.Failed(User("alice"), Client));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Attempts_in_parallel_are_refused_while_failures_of_the_name_wait(bool isKnown)
    {
        for (var i = 0; i < GuessGuard.MaxWaitingOfUser; i++)
        {
            Assert.True(_guard.MayTry(Name("alice", isKnown), Client));
            _guard.Failed(Name("alice", isKnown), Client);
        }

        Assert.False(_guard.MayTry(Name("alice", isKnown), Neighbour));
        Assert.True(_guard.MayTry(Name("bob", isKnown), Client));
        Assert.True(_guard.MayTry(Name("alice", isKnown), Elsewhere));
        _time.Advance(GuessGuard.MaxDelay);
        Assert.True(_guard.MayTry(Name("alice", isKnown), Client));
    }

    [Fact]
    public void Attempts_with_many_names_are_refused_while_failures_of_the_network_wait()
    {
        for (var i = 0; i < GuessGuard.MaxWaiting; i++) _guard.Failed(Unknown($"user{i}"), Client);
        Assert.False(_guard.MayTry(User("alice"), Neighbour));
        Assert.True(_guard.MayTry(User("alice"), Elsewhere));
        _time.Advance(GuessGuard.MaxDelay);
        Assert.True(_guard.MayTry(User("alice"), Neighbour));
    }

    [Fact]
    public void Failures_on_another_node_count_as_those_of_this_node()
    {
        var (here, there) = Pair();
        var alone = new GuessGuard(_time);
        for (var i = 0; i < 12; i++)
        {
            Assert.Equal(alone.Failed(User("alice"), Client), (i % 2 == 0 ? here : there).Failed(User("alice"), Client));
            Assert.Equal(alone.MayTry(User("alice"), Neighbour), there.MayTry(User("alice"), Neighbour));
        }

        Assert.True(there.MayTry(User("alice"), Elsewhere));
    }

    [Fact]
    public void Failures_of_unknown_names_and_without_a_name_count_on_other_nodes()
    {
        var (here, there) = Pair();
        for (var i = 0; i < 4; i++) here.Failed(Unknown("nobody"), Client);
        Assert.Equal(TimeSpan.FromSeconds(16), there.Failed(Unknown("nobody"), Elsewhere).Delay);
        for (var i = 0; i < GuessGuard.MaxWaiting; i++) here.Failed(default, Client);
        Assert.False(there.MayTry(User("bob"), Client));
    }

    [Fact]
    public void The_right_password_on_another_node_ends_the_delays_of_the_user()
    {
        var (here, there) = Pair();
        for (var i = 0; i < 5; i++) here.Failed(User("alice"), Client);
        there.Succeeded(User("alice"), Elsewhere);
        Assert.Equal(TimeSpan.FromSeconds(1), here.Failed(User("alice"), Elsewhere).Delay);
    }

    [Fact]
    public void Names_hashed_with_a_key_of_this_node_alone_are_not_reported()
    {
        var reports = new Wire();
        var guard = new GuessGuard(_time, reports);
        guard.Failed(GuessName.Of("alice", isKnown: true, []), Client);
        Assert.Equal(0, reports.Added);
        guard.Failed(User("alice"), Client);
        Assert.Equal(1, reports.Added);
    }

    [Fact]
    public void A_success_without_earlier_failures_is_not_reported()
    {
        var reports = new Wire();
        new GuessGuard(_time, reports).Succeeded(User("alice"), Client);
        Assert.Equal(0, reports.Added);
    }

    [Fact]
    public void The_operator_hears_of_a_guessed_user_and_of_a_guessing_network_once()
    {
        var log = new RecordingLogger();
        var guard = new GuessGuard(_time, null, new GuessAlarm(log, _time));
        for (var i = 0; i < 60; i++) guard.Failed(User("alice"), Client);
        for (var i = 0; i < 60; i++) guard.Failed(Unknown("a typed password"), Neighbour);
        Assert.Equal(
            [
                "password of user alice is being guessed: 11 failed attempts, counted over all nodes, the last by client 192.0.2.1",
                "clients in network 192.0.2.0/24 guess passwords: 41 failed attempts, counted over all nodes",
            ], log.Above(LogLevel.Information).Select(line => line.Text));
        _time.Advance(GuessGuard.Memory);
        for (var i = 0; i < 11; i++) guard.Failed(User("alice"), Client);
        Assert.Equal(3, log.Above(LogLevel.Information).Count);
    }

    [Fact]
    public void Invented_names_do_not_make_the_guard_forget_a_user()
    {
        for (var i = 0; i < 5; i++) _guard.Failed(User("alice"), Client);
        for (var i = 0; i < 30_000; i++) _guard.Failed(Unknown($"user{i}"), Elsewhere);
        Assert.Equal(GuessGuard.MaxDelay, _guard.Failed(User("alice"), Client).Delay);
    }

    private static GuessName User(string name) => Name(name, isKnown: true);

    private static GuessName Unknown(string name) => Name(name, isKnown: false);

    private static GuessName Name(string name, bool isKnown) => GuessName.Of(name, isKnown, "key of all nodes"u8);

    private (GuessGuard Here, GuessGuard There) Pair()
    {
        var (wire, back) = (new Wire(), new Wire());
        var pair = (new GuessGuard(_time, wire), new GuessGuard(_time, back));
        (wire.Other, back.Other) = (back, wire);
        return pair;
    }

    // Brings each report to the other node at once.
    private sealed class Wire : ILoginReports
    {
        private Action<LoginReport>? _receiver;

        public Wire? Other { get; set; }

        public int Added { get; private set; }

        public void Add(LoginReport report)
        {
            Added++;
            Other?._receiver?.Invoke(report);
        }

        public void SetReceiver(Action<LoginReport> receiver) => _receiver = receiver;
    }
}
