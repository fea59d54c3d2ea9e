using CsCheck;
using Postfleet.Core.Classification;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.Core.Units;
using Postfleet.Delivery.Destinations.State;
using Xunit;

namespace Postfleet.Delivery.Tests.Destinations.State;

/// <summary>A destination carries out what rules for replies order, and what an earlier owner has learned.</summary>
public sealed class ShapedDestinationTests
{
    private static readonly QueueKey Bulk = DestinationDriver.Queue("a.test", "bulk");

    private static readonly QueueKey News = DestinationDriver.Queue("a.test", "news");

    private static readonly SmtpReply Slower = new(421, new EnhancedStatus(4, 7, 0), "slower");

    private readonly DestinationDriver _site = new(new DestinationRules { MaxConnections = 4 });

    [Fact]
    public void A_lowered_rate_holds_and_is_written()
    {
        Send(10);
        var ended = End(new ReplyReaction { Slow = 0.5, Floor = Of("30/m") });

        var shaped = Assert.Single(_site.Effects.OfType<DestinationEffect.Shaped>());
        Assert.Equal((ShapingStep.Slowed, "rate", "slower"), (shaped.Step, shaped.Scope, shaped.Row!.Rule));
        var sent = _site.Sends.Count();
        foreach (var connection in _site.RunningJobs.Keys.Where(each => each != ended).ToList()) _site.End(connection);
        _site.After(TimeSpan.FromMilliseconds(100));
        Assert.Equal(sent, _site.Sends.Count());
        Assert.False(_site.State.Shaping.Effective.MaxRate.IsNone);
    }

    [Fact]
    public void A_pause_refuses_all_queues_and_returns_what_waits()
    {
        Send(10);
        End(new ReplyReaction { Pause = TimeSpan.FromHours(1) });

        Assert.Equal((Bulk, TimeSpan.FromHours(1)), (_site.Refusals.Last().Queue, _site.Refusals.Last().RetryAfter));
        Assert.Contains("paused by the rule slower: 421 4.7.0 slower", _site.Refusals.Last().Reply.Text, StringComparison.Ordinal);
        Assert.Equal(0, _site.State.Waiting);
        _site.Ask(News, 1);
        Assert.Equal(News, _site.Refusals.Last().Queue);
        var grants = _site.Grants.Count();
        // An operator's retry ends the pause.
        _site.Ask(News, 1, endsPause: true);
        Assert.Equal(grants + 1, _site.Grants.Count());
    }

    [Fact]
    public void A_pause_of_a_stream_leaves_the_others()
    {
        Send(10);
        End(new ReplyReaction { Pause = TimeSpan.FromHours(1), What = ReactionTarget.Stream });

        _site.Ask(Bulk, 1);
        Assert.Equal(Bulk, _site.Refusals.Last().Queue);
        var refusals = _site.Refusals.Count();
        _site.Ask(News, 1);
        Assert.Equal((refusals, News), (_site.Refusals.Count(), _site.Grants.Last().Queue));
    }

    [Fact]
    public void A_lowered_rate_of_a_stream_leaves_the_others_and_is_kept()
    {
        Send(10);
        End(new ReplyReaction { Slow = 0.5, Floor = Of("30/m"), What = ReactionTarget.Stream });

        Assert.Equal("rate:bulk", Assert.Single(_site.Effects.OfType<DestinationEffect.Shaped>()).Scope);
        Assert.Equal(0, _site.State.Waiting);
        Assert.True(_site.State.Shaping.Effective.MaxRate.IsNone);
        foreach (var connection in _site.RunningJobs.Keys.Skip(1).ToList()) _site.End(connection);
        var rate = _site.State.Shaping.Streams.RateOf("bulk");
        var grants = _site.Grants.Count();
        _site.Ask(Bulk, 1000);
        Assert.Equal(grants, _site.Grants.Count());
        _site.Ask(News, 5);
        Assert.Equal((News, 5), (_site.Grants.Last().Queue, _site.Grants.Last().Credits));
        Assert.Contains("by the rule slower", Described(Bulk), StringComparison.Ordinal);
        Assert.Equal("", Described(News));

        // The state wakes up when the stream has a token.
        var wake = _site.State.NextWake(_site.Now)!.Value;
        Assert.InRange(wake - _site.Now, TimeSpan.Zero, rate.Interval);
        _site.After(rate.Interval);
        Assert.Equal((Bulk, 1), (_site.Grants.Last().Queue, _site.Grants.Last().Credits));
    }

    [Fact]
    public void Credits_of_a_slowed_stream_keep_its_rate_and_those_of_the_others_do_not_wait() =>
        Gen.Select(Gen.Int[1, 200], Gen.Int[1, 30].Array[20, 200]).Sample((perMinute, pauses) =>
    {
        var site = new DestinationDriver(new DestinationRules { MaxConnections = 4 });
        var row = new SiteState(default, "rate:bulk")
        {
            Rule = "slower",
            Factor = 1,
            Base = perMinute / 60.0,
            Ceiling = 2,
            ChangedAt = site.Now,
            Length = TimeSpan.FromHours(9),
        };
        site.Do(() => site.State.Restore([row], site.Now));
        site.Up(News);
        var begin = site.Now;
        foreach (var pause in pauses)
        {
            var (before, at) = (site.Effects.Count, site.Now);
            site.Ask(News, 1);
            Assert.Contains(site.Effects.Skip(before), effect => effect is DestinationEffect.Grant { Queue: var queue } && queue == News);
            site.Ask(Bulk, 1000);
            site.After(TimeSpan.FromMilliseconds(100 * pause));
            var given = site.Grants.Where(grant => grant.Queue == Bulk).Sum(grant => grant.Credits);
            // One message at once, and those of the bucket's slack.
            Assert.InRange(given, 0, (site.Now - begin + TokenBucket.Slack).TotalMinutes * perMinute + 1);
        }
    });

    [Fact]
    public void Nothing_is_sent_before_what_was_learned_is_read()
    {
        _site.State.AwaitState();
        _site.Ask(Bulk, 1);
        Assert.Empty(_site.Opens);
        var row = new SiteState(default, "pause") { Rule = "slower", Until = _site.Now.AddHours(2), Length = TimeSpan.FromHours(2) };
        _site.Do(() => _site.State.Restore([row], _site.Now));

        Assert.Empty(_site.Opens);
        _site.Ask(Bulk, 1);
        Assert.Equal(TimeSpan.FromHours(2), _site.Refusals.Last().RetryAfter);
    }

    private static Rate Of(string text) => Rate.TryParse(text, out var rate) ? rate : throw new ArgumentException(text);

    private string Described(QueueKey queue) =>
        Assert.Single(_site.State.Describe(default).Streams, stream => stream.Stream == queue.Stream).Slowed;

    private void Send(int jobs)
    {
        _site.Up(Bulk).Deliver(Bulk, _site.NewJobs(jobs));
    }

    private int End(ReplyReaction reaction)
    {
        var rule = new BounceRule { Id = "slower", Class = BounceClass.Find("throttled")!, Samples = [Slower], Reactions = [reaction] };
        var (connection, job) = _site.RunningJobs.First();
        var outcome = new JobOutcome(
            job.Part.Message, job.Attempt, AttemptResult.Attempted, [new RecipientOutcome(job.Open, Disposition.Deferred, Slower, "mx")]);
        _site.Do(() => _site.State.Ended(
            new ConnectionEvent.Ended(connection, outcome, 1, false) { Matches = [new ReplyMatch(rule, Slower, "bulk")] }, _site.Now));
        return connection;
    }
}
