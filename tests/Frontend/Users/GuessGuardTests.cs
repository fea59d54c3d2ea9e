using System.Net;
using Microsoft.Extensions.Time.Testing;
using Postfleet.Frontend.Authentication;
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
            Assert.Equal(_guard.Failed("alice", isKnown: true, Client), unknown.Failed("nobody", isKnown: false, Client));
        Assert.Equal((GuessGuard.MaxDelay, true), _guard.Failed("alice", isKnown: true, Client));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Attempts_in_parallel_are_refused_while_failures_of_the_name_wait(bool isKnown)
    {
        for (var i = 0; i < GuessGuard.MaxWaitingOfUser; i++)
        {
            Assert.True(_guard.MayTry("alice", isKnown, Client));
            _guard.Failed("alice", isKnown, Client);
        }

        Assert.False(_guard.MayTry("alice", isKnown, Neighbour));
        Assert.True(_guard.MayTry("bob", isKnown, Client));
        Assert.True(_guard.MayTry("alice", isKnown, Elsewhere));
        _time.Advance(GuessGuard.MaxDelay);
        Assert.True(_guard.MayTry("alice", isKnown, Client));
    }

    [Fact]
    public void Attempts_with_many_names_are_refused_while_failures_of_the_network_wait()
    {
        for (var i = 0; i < GuessGuard.MaxWaiting; i++) _guard.Failed($"user{i}", isKnown: false, Client);
        Assert.False(_guard.MayTry("alice", isKnown: true, Neighbour));
        Assert.True(_guard.MayTry("alice", isKnown: true, Elsewhere));
        _time.Advance(GuessGuard.MaxDelay);
        Assert.True(_guard.MayTry("alice", isKnown: true, Neighbour));
    }

    [Fact]
    public void Invented_names_do_not_make_the_guard_forget_a_user()
    {
        for (var i = 0; i < 5; i++) _guard.Failed("alice", isKnown: true, Client);
        for (var i = 0; i < 30_000; i++) _guard.Failed($"user{i}", isKnown: false, Elsewhere);
        Assert.Equal(GuessGuard.MaxDelay, _guard.Failed("alice", isKnown: true, Client).Delay);
    }
}
