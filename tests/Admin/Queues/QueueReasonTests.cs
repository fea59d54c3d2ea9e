using Postfleet.Admin.Api;
using Postfleet.Admin.Queues;
using Postfleet.Contracts.Stats;
using Postfleet.Core.Queueing;
using Xunit;

namespace Postfleet.Admin.Tests.Queues;

public sealed class QueueReasonTests
{
    private static readonly DateTimeOffset Now = DateTimeOffset.UnixEpoch.AddYears(56);

    private static readonly DestinationCounts Site = new()
    {
        MaxConnections = 20,
        ConnectionsSetting = "connections of the site",
        MaxRate = "60/m",
        RateSetting = "rate of the site",
        Tokens = 5,
    };

    private static readonly QueueFacts Due = new(
        new QueueCounts { Messages = 100, Recipients = 100, Due = 100, Destination = "default|mx.test" })
    { Site = Site };

    private static readonly QueueDescription Described = new(QueueKey.FromTrusted("default:a.test")) { CountedSince = Now.AddHours(-2) };

    [Fact]
    public void Suspension_comes_before_all_other_constraints()
    {
        var why = Find(Due with
        {
            Site = Site with { DownUntil = Now.AddHours(1) },
            Suspension = new Suspension(17, Now.AddHours(2), "asked for") { Since = Now.AddHours(-1) },
        });
        Assert.Equal(
            ("suspended", "action 17", Now.AddHours(-1), Now.AddHours(2)),
            (why.Constraint, why.Setting, why.Since!.Value, why.Until!.Value));
        Assert.Equal("action 17 suspends the queue: asked for", why.Text);
    }

    [Fact]
    public void Node_without_the_list_of_suspensions_is_starting()
    {
        var why = Find(Due with { Suspension = new Suspension(0, Now.AddSeconds(9), "not heard yet") });
        Assert.Equal(("node-starting", null, "not heard yet"), (why.Constraint, why.Setting, why.Text));
    }

    [Fact]
    public void Queue_of_held_mail_names_the_action()
    {
        var facts = new QueueFacts(new QueueCounts { Messages = 2, Held = 2 })
        {
            Description = Described with { Messages = [new(default, WaitingState.Held, Now, null) { Action = 8 }] },
        };
        Assert.Equal(("held", "action 8"), (Find(facts).Constraint, Find(facts).Setting));
        // Mail that is not on hold matters more.
        var mixed = facts with { Counts = facts.Counts with { Messages = 3, Deferred = 1 } };
        Assert.Equal("retry-pause", Find(mixed).Constraint);
        Assert.EndsWith("; 2 messages are on hold", Find(mixed).Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("421 4.7.0 try later", "site-unavailable")]
    [InlineData("451 4.4.3 the address of mx.test cannot be looked up", "dns-failing")]
    public void Unavailable_site_has_its_beginning_the_time_of_the_next_attempt_and_the_reply(string reply, string constraint)
    {
        var why = Find(Due with { Site = Site with { DownSince = Now.AddHours(-3), DownUntil = Now.AddHours(1), Reply = reply } });
        Assert.Equal(
            (constraint, Now.AddHours(-3), Now.AddHours(1), reply), (why.Constraint, why.Since!.Value, why.Until!.Value, why.LastReply));
    }

    [Fact]
    public void Pause_by_a_rule_names_the_rule_its_reply_and_its_end()
    {
        var paused = Site with { Rule = "tss", RuleReply = "421 x", PausedSince = Now.AddHours(-1), PausedUntil = Now.AddHours(1) };
        var why = Find(Due with { Site = paused });
        Assert.Equal(("paused-by-rule", "tss", Now.AddHours(1), "421 x"), (why.Constraint, why.Setting, why.Until!.Value, why.LastReply));
        // One stream alone is paused: the queue knows it from its destination.
        var pause = new SitePauseFacts(Now.AddHours(-5), Now.AddMinutes(10), "451 4.7.0 paused by the rule tss: 421 x");
        Assert.Equal("paused-by-rule", Find(Due with { Site = Site, Description = Described with { Pause = pause } }).Constraint);
    }

    [Fact]
    public void Limit_lowered_by_a_rule_names_the_factor_the_reply_and_the_next_rise()
    {
        var slow = Site with { Tokens = 0, Waiting = 2, RateSetting = "rule r", Rule = "r", Factor = 0.125, RuleReply = "451 x" };
        var why = Find(Due with { Site = slow with { RisesAt = Now } });
        Assert.Equal(("rate", "rule r", "451 x"), (why.Constraint, why.Setting, why.LastReply));
        Assert.Contains("which has left 0.125 of it after: 451 x; it may rise at ", why.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Pause_of_the_queue_and_pause_of_the_destination_give_the_longest_time()
    {
        var pause = new SitePauseFacts(Now.AddHours(-5), Now.AddMinutes(10), "451 4.4.1 no answer");
        var why = Find(Due with { Site = null, Description = Described with { Pause = pause } });
        Assert.Equal((pause.Since, pause.Until, pause.Reply), (why.Since, why.Until!.Value, why.LastReply));

        why = Find(Due with
        {
            Site = Site with { DownSince = Now.AddHours(-1), DownUntil = Now.AddMinutes(1), Reply = "421 busy" },
            Description = Described with { Pause = pause },
        });
        Assert.Equal((pause.Since, Now.AddMinutes(1), "421 busy"), (why.Since, why.Until!.Value, why.LastReply));
    }

    [Fact]
    public void Leaving_node_of_the_queue_or_of_its_destination_is_named()
    {
        Assert.Equal("node-leaving", Find(Due with { LeavingNode = "10.0.0.1:4053" }).Constraint);
        Assert.Equal("node-leaving", Find(Due with { Site = Site with { IsLeaving = true } }).Constraint);
    }

    [Fact]
    public void Domain_without_mail_hosts_has_the_time_of_the_lookup()
    {
        var why = Find(new QueueFacts(new QueueCounts { Messages = 3, Deferred = 3, NextDue = Now.AddMinutes(5) })
        {
            Description = Described with { NoRoute = new NotedReply(Now.AddMinutes(-1), "556 5.1.10 null MX") },
        });
        Assert.Equal(
            ("no-mx", Now.AddMinutes(-1), Now.AddMinutes(5), "556 5.1.10 null MX"),
            (why.Constraint, why.Since!.Value, why.Until!.Value, why.LastReply));
    }

    [Fact]
    public void Used_up_rate_has_its_setting_its_beginning_and_the_time_when_the_queue_is_empty()
    {
        var limited =
            Due with { Site = Site with { Tokens = 0, Waiting = 2, RateSince = Now.AddMinutes(-4), RateUntil = Now.AddSeconds(1) } };
        var why = Find(limited);
        Assert.Equal(
            ("rate", "rate of the site", Now.AddMinutes(-4), Now.AddSeconds(1), Now.AddSeconds(100)),
            (why.Constraint, why.Setting, why.Since!.Value, why.Until!.Value, why.Estimate!.Value));
        // Other queues use the rate, too.
        Assert.Equal(
            Now.AddSeconds(200), Find(limited with { Description = Described with { Delivered = new(30, 0, 0) } }).Estimate);
        // A node of an older version has the tokens alone.
        Assert.Equal("rate", Find(Due with { Site = Site with { Tokens = 0, Waiting = 2 } }).Constraint);
    }

    [Fact]
    public void Connections_in_use_have_their_setting_and_their_beginning()
    {
        var why = Find(Due with { Site = Site with { Connections = 20, FullSince = Now.AddSeconds(-3) } });
        Assert.Equal(
            ("connections", "connections of the site", Now.AddSeconds(-3)), (why.Constraint, why.Setting, why.Since!.Value));
        // All messages of a short queue may wait at the destination.
        var started = new QueueFacts(new QueueCounts { Messages = 5, InFlight = 5 }) { Site = Site with { Connections = 20, Waiting = 3 } };
        Assert.Equal("connections", Find(started).Constraint);
        Assert.Equal("sending", Find(started with { Site = Site with { Connections = 20 } }).Constraint);
    }

    [Fact]
    public void Queue_without_a_destination_waits_for_its_route()
    {
        var why = Find(Due with
        {
            Counts = Due.Counts with { Destination = null, LastReply = "451 4.4.3 no answer of the DNS" },
            Description = Described with { ResolvingSince = Now.AddSeconds(-2) },
        });
        Assert.Equal(
            ("route-unknown", "451 4.4.3 no answer of the DNS", Now.AddSeconds(-2)), (why.Constraint, why.LastReply, why.Since!.Value));
    }

    [Fact]
    public void Queue_behind_others_has_the_time_of_its_request()
    {
        var why = Find(Due with
        {
            Site = Site with { Queues = 3 },
            Description = Described with { CreditAskedSince = Now.AddSeconds(-9) },
        });
        Assert.Equal(("credit", Now.AddSeconds(-9)), (why.Constraint, why.Since!.Value));
        Assert.EndsWith("which 3 queues share", why.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(5, 0, 0, "credit")]
    [InlineData(5, 0, 3, "sending")]
    [InlineData(0, 0, 3, "sending")]
    [InlineData(0, 4, 0, "retry-pause")]
    [InlineData(0, 0, 0, "nothing-due")]
    public void Other_constraints_follow_from_the_counts(int due, int deferred, int inFlight, string constraint) => Assert.Equal(
        constraint, Find(Due with { Counts = Due.Counts with { Due = due, Deferred = deferred, InFlight = inFlight } }).Constraint);

    [Fact]
    public void Mail_that_was_never_tried_waits_for_its_time_of_sending()
    {
        var facts = new QueueFacts(new QueueCounts { Messages = 1, Deferred = 1 })
        {
            Description = Described with { Messages = [new(default, WaitingState.Deferred, Now, Now.AddHours(6))] },
        };
        Assert.Equal(("send-at", Now.AddHours(6)), (Find(facts).Constraint, Find(facts).Until!.Value));
    }

    [Theory]
    [InlineData(30, 60, 120)]
    [InlineData(0, 60, 3600)]
    [InlineData(0, 0, null)]
    public void Estimate_follows_the_outcomes_of_the_last_minute_or_else_of_the_last_hour(int minute, int hour, int? seconds)
    {
        var facts = Due with
        {
            Counts = Due.Counts with { Recipients = 60 },
            Description = Described with { Delivered = new(minute / 2, hour / 2, 0), Failed = new(minute / 2, hour / 2, 0) },
        };
        Assert.Equal(seconds is { } number ? Now.AddSeconds(number) : null, QueueEstimate.Of(facts, Now));
    }

    [Fact]
    public void Estimate_of_a_queue_that_has_just_started_counts_the_time_since_then()
    {
        var facts = Due with { Description = Described with { CountedSince = Now.AddSeconds(-10), Delivered = new(50, 50, 50) } };
        Assert.Equal(Now.AddSeconds(20), QueueEstimate.Of(facts, Now));
    }

    [Fact]
    public void Message_has_the_constraint_of_its_own_state()
    {
        var facts = Due with { Description = Described };
        var deferred = new WaitingMessage(default, WaitingState.Deferred, Now, Now.AddMinutes(7)) { Attempts = 2, LastReply = "450 later" };
        var why = QueueReason.Find(facts.Only(deferred), Now);
        Assert.Equal(("retry-pause", Now.AddMinutes(7), "450 later"), (why.Constraint, why.Until!.Value, why.LastReply));
        Assert.Equal("held", QueueReason.Find(facts.Only(deferred with { State = WaitingState.Held }), Now).Constraint);
        Assert.Equal("sending", QueueReason.Find(facts.Only(deferred with { State = WaitingState.Sending }), Now).Constraint);
        Assert.Equal("credit", QueueReason.Find(facts.Only(deferred with { State = WaitingState.Due }), Now).Constraint);
        Assert.Equal(
            "suspended",
            QueueReason.Find((facts with { Suspension = new Suspension(1, null, "") }).Only(deferred), Now).Constraint);
    }

    [Fact]
    public void Destination_has_the_first_of_its_constraints()
    {
        Assert.Equal("inactive", SiteReason.Find(null, "", Now).Constraint);
        Assert.Equal("nothing-due", SiteReason.Find(Site, "n", Now).Constraint);
        Assert.Equal("sending", SiteReason.Find(Site with { Running = 2 }, "n", Now).Constraint);
        Assert.Equal("connections", SiteReason.Find(Site with { Running = 2, Connections = 20 }, "n", Now).Constraint);
        Assert.Equal("site-unavailable", SiteReason.Find(Site with { DownUntil = Now.AddHours(1) }, "n", Now).Constraint);
        Assert.Contains("10.0.0.7:1", SiteReason.Find(Site with { IsLeaving = true }, "10.0.0.7:1", Now).Text, StringComparison.Ordinal);
    }

    private static WhyView Find(QueueFacts facts) => QueueReason.Find(facts, Now);
}
