using Postfleet.Contracts.Messages;
using Postfleet.Core.Queueing;
using Postfleet.Delivery.Destinations.State;
using Xunit;
using static Postfleet.Delivery.Tests.Destinations.State.DestinationDriver;

namespace Postfleet.Delivery.Tests.Destinations.State;

/// <summary>What a destination decides, by example.</summary>
public sealed class DestinationStateTests
{
    private static readonly QueueKey A = Queue("a.example");
    private static readonly QueueKey B = Queue("b.example");

    [Fact]
    public void Credit_comes_when_the_site_has_been_reached_and_a_job_goes_out_on_the_open_connection()
    {
        var d = new DestinationDriver();
        d.Ask(A, 3);
        Assert.Empty(d.Grants);
        var open = Assert.Single(d.Opens);
        d.Opened(open.Connection);
        Assert.Equal(new DestinationEffect.Grant(A, 3), Assert.Single(d.Grants));
        var job = d.NewJob();
        d.Deliver(A, job);
        Assert.Equal(job.Message, Assert.Single(d.Sends).Job.Part.Message);
        Assert.Equal(open.Connection, d.Sends.Single().Connection);
        d.End(open.Connection);
        Assert.Equal(AttemptResult.Attempted, Assert.Single(d.Reported).Result);
    }

    [Fact]
    public void A_dead_site_costs_no_job_an_attempt()
    {
        var d = new DestinationDriver();
        d.Ask(A, 50);
        d.NotOpened(1);
        Assert.Empty(d.Grants);
        var refusal = Assert.Single(d.Refusals);
        Assert.Equal(Refused, refusal.Reply);
        Assert.InRange(refusal.RetryAfter, d.Rules.FirstPause * 0.8, d.Rules.FirstPause * 1.2);
        Assert.Equal(0, d.State.Queues);
    }

    [Fact]
    public void The_pause_of_a_dead_site_doubles_up_to_its_limit_and_each_time_one_connection_asks()
    {
        var d = new DestinationDriver(
            new DestinationRules { FirstPause = TimeSpan.FromSeconds(30), MaxPause = TimeSpan.FromMinutes(10), Jitter = 0 });
        var pauses = new List<double>();
        for (var i = 1; i <= 7; i++)
        {
            d.Ask(A, 10);
            d.Ask(B, 10);
            Assert.Equal(i, d.Opens.Count());
            d.NotOpened(i);
            pauses.Add(d.Refusals.Last().RetryAfter.TotalSeconds);
            d.After(d.Refusals.Last().RetryAfter);
        }

        Assert.Equal([30, 60, 120, 240, 480, 600, 600], pauses);
    }

    [Fact]
    public void A_site_in_a_long_pause_is_tried_each_first_pause_while_queues_wait_and_all_of_them_hear_of_its_return()
    {
        var d = new DestinationDriver(
            new DestinationRules { FirstPause = TimeSpan.FromSeconds(30), MaxPause = TimeSpan.FromHours(1), Jitter = 0 });
        var opens = AfterLongOutage(d);
        Assert.Equal(TimeSpan.FromSeconds(960), d.Refusals.Last().RetryAfter);
        d.After(TimeSpan.FromSeconds(10));
        d.Ask(B, 1);
        // It need not ask again: the destination does.
        Assert.Equal(TimeSpan.FromSeconds(950), d.Refusals.Last().RetryAfter);
        var refusals = d.Refusals.Count();
        d.After(TimeSpan.FromSeconds(20));
        Assert.Equal(++opens, d.Opens.Count());
        d.NotOpened(opens);
        d.After(TimeSpan.FromSeconds(29));
        Assert.Equal(opens, d.Opens.Count());
        Assert.Equal(d.Now + TimeSpan.FromSeconds(1), d.State.NextWake(d.Now));
        d.After(TimeSpan.FromSeconds(1));
        Assert.Equal(++opens, d.Opens.Count());
        // The failure of an unrequested try is reported to no queue.
        Assert.Equal(refusals, d.Refusals.Count());
        Assert.Empty(d.Grants);
        d.Opened(opens);
        Assert.Equal([A, B], d.Grants.Select(grant => grant.Queue).Order());
    }

    [Fact]
    public void A_site_is_not_tried_any_more_when_no_queue_waits_for_it()
    {
        var d = new DestinationDriver(
            new DestinationRules { FirstPause = TimeSpan.FromSeconds(30), MaxPause = TimeSpan.FromHours(1), Jitter = 0 });
        var opens = AfterLongOutage(d);
        for (var seconds = 30; seconds < 960; seconds += 30)
        {
            d.After(TimeSpan.FromSeconds(30));
            d.NotOpened(++opens);
            Assert.False(d.State.IsIdle(d.Now));
        }

        d.After(TimeSpan.FromSeconds(30));
        Assert.Equal(opens, d.Opens.Count());
        Assert.True(d.State.IsIdle(d.Now));
        // Its next pause is longer all the same.
        d.Ask(A, 1);
        d.NotOpened(opens + 1);
        Assert.Equal(TimeSpan.FromSeconds(1920), d.Refusals.Last().RetryAfter);
    }

    // A queue alone finds the site down six times in turn.
    private static int AfterLongOutage(DestinationDriver d)
    {
        var opens = 0;
        for (var i = 1; i <= 6; i++)
        {
            d.Ask(A, 1);
            d.NotOpened(++opens);
            var end = d.Now + d.Refusals.Last().RetryAfter;
            while (i < 6 && d.Now + TimeSpan.FromSeconds(30) < end)
            {
                d.After(TimeSpan.FromSeconds(30));
                d.NotOpened(++opens);
            }

            if (i < 6) d.After(end - d.Now);
        }

        return opens;
    }

    [Fact]
    public void A_successful_connection_ends_the_outage_and_resets_the_pauses()
    {
        var d = new DestinationDriver(new DestinationRules { Jitter = 0 });
        d.Ask(A, 1);
        d.NotOpened(1);
        d.After(d.Rules.FirstPause);
        d.Ask(A, 1);
        d.Opened(2);
        Assert.Single(d.Effects.OfType<DestinationEffect.SiteCameUp>());
        Assert.Single(d.Grants);
        d.After(TimeSpan.FromMinutes(1));
        d.Closed(2);
        d.Deliver(A, d.NewJob());
        d.NotOpened(3);
        Assert.Equal(d.Rules.FirstPause, d.Refusals.Last().RetryAfter);
    }

    [Fact]
    public void When_the_site_goes_down_waiting_jobs_come_back_after_their_queues_were_told_why()
    {
        var d = new DestinationDriver().Up(A);
        d.After(TimeSpan.FromSeconds(5));
        d.Closed(1);
        var jobs = d.NewJobs(10);
        d.Deliver(A, jobs);
        foreach (var open in d.Opens.Skip(1).ToList()) d.NotOpened(open.Connection);
        Assert.Equal(jobs.Select(job => job.Message), d.Reported.Select(outcome => outcome.Message));
        Assert.All(d.Reported, outcome => Assert.Equal(AttemptResult.NotAttempted, outcome.Result));
        Assert.True(d.Effects.FindIndex(effect => effect is DestinationEffect.Refuse) < d.Effects
            .FindIndex(effect => effect is DestinationEffect.Report));
        d.Ask(A, 10);
        d.Deliver(B, d.NewJob());
        Assert.Equal([A, A, B], d.Refusals.Select(refusal => refusal.Queue));
        Assert.Empty(d.Sends);
    }

    [Fact]
    public void A_failed_connection_beside_working_connections_does_not_take_the_site_down()
    {
        var d = new DestinationDriver().Up(A);
        d.Deliver(A, d.NewJobs(3));
        var more = d.Opens.Skip(1).Select(open => open.Connection).ToList();
        Assert.Equal(2, more.Count);
        d.NotOpened(more[0]);
        d.NotOpened(more[1]);
        Assert.Empty(d.Refusals);
        Assert.Equal(3, d.Opens.Count());
        d.End(1);
        Assert.Equal(2, d.Sends.Count());
        d.After(d.Rules.GrowthPause);
        Assert.Equal(4, d.Opens.Count());
    }

    [Fact]
    public void After_a_growth_pause_the_last_connection_is_replaced_at_once()
    {
        var d = new DestinationDriver().Up(A);
        d.Deliver(A, d.NewJobs(2));
        d.NotOpened(2);
        d.End(1, isUsable: false);
        d.Closed(1);
        Assert.Equal(3, d.Opens.Count());
    }

    [Fact]
    public void Connections_grow_with_the_waiting_jobs_up_to_the_limit_including_closing_connections()
    {
        var d = new DestinationDriver(new DestinationRules { MaxConnections = 8 }).Up(A);
        d.Deliver(A, d.NewJobs(30));
        for (var i = 0; i < 8; i++)
            foreach (var open in d.Opens.Skip(i + 1).ToList()) if (!d.RunningJobs.ContainsKey(open.Connection)) TryOpen(d, open.Connection);
        Assert.Equal(8, d.State.Connections);
        d.End(1, isUsable: false);
        Assert.Equal(8, d.Opens.Count());
        d.Closed(1);
        Assert.Equal(9, d.Opens.Count());
    }

    [Fact]
    public void A_single_job_opens_a_single_connection_and_it_is_used_again()
    {
        var d = new DestinationDriver().Up(A);
        for (var i = 0; i < 10; i++)
        {
            d.Deliver(A, d.NewJob());
            d.End(1);
        }

        Assert.Single(d.Opens);
    }

    [Fact]
    public void An_idle_connection_is_closed_in_time()
    {
        var d = new DestinationDriver().Up(A);
        Assert.Equal(d.Now + d.Rules.IdleConnection, d.State.NextWake(d.Now));
        d.After(d.Rules.IdleConnection);
        Assert.Equal(new DestinationEffect.Close(1), Assert.Single(d.Effects.OfType<DestinationEffect.Close>()));
        Assert.Equal(1, d.State.Connections);
        d.Closed(1);
        Assert.Equal(0, d.State.Connections);
    }

    [Fact]
    public void A_job_that_found_its_connection_dead_goes_first_on_another()
    {
        var d = new DestinationDriver().Up(A);
        var jobs = d.NewJobs(3);
        d.Deliver(A, jobs[0]);
        d.Deliver(A, jobs[1..]);
        d.End(1, isStale: true);
        d.Opened(2);
        Assert.Equal([jobs[0].Message, jobs[0].Message], d.Sends.Select(send => send.Job.Part.Message));
        Assert.Empty(d.Reported);
    }

    [Fact]
    public void A_job_of_a_connection_that_closes_without_an_outcome_goes_on_another()
    {
        var d = new DestinationDriver().Up(A);
        d.Deliver(A, d.NewJob());
        d.Closed(1);
        Assert.Equal(2, d.Opens.Count());
        Assert.Equal(0, d.State.Running);
        Assert.Equal(1, d.State.Waiting);
    }

    [Fact]
    public void A_repeated_job_is_answered_with_its_outcome_and_not_sent_again()
    {
        var d = new DestinationDriver().Up(A);
        var job = d.NewJob();
        d.Deliver(A, job);
        d.Deliver(A, job);
        Assert.Single(d.Sends);
        d.End(1);
        d.Deliver(A, job);
        Assert.Equal(2, d.Reported.Count());
        d.Acknowledge(A, job);
        d.Deliver(A, job);
        Assert.Equal(3, d.Reported.Count());
        Assert.Single(d.Sends);
        d.Deliver(A, job with { Attempt = 2 });
        Assert.Equal(2, d.Sends.Count());
    }

    [Fact]
    public void A_job_that_was_given_back_is_not_sent_when_a_copy_of_it_comes_late()
    {
        var d = new DestinationDriver();
        var job = d.NewJob();
        d.Deliver(A, job);
        d.NotOpened(1);
        d.Acknowledge(A, job);
        d.After(d.Rules.FirstPause * 2);
        d.Deliver(A, job);
        Assert.Single(d.Opens);
        Assert.Equal(0, d.State.Waiting);
    }

    [Fact]
    public void Ended_jobs_are_remembered_within_bounds()
    {
        var d = new DestinationDriver(new DestinationRules { MaxRemembered = 5 }).Up(A);
        var jobs = d.NewJobs(6);
        foreach (var job in jobs)
        {
            d.Deliver(A, job);
            d.End(1);
            d.Acknowledge(A, job);
        }

        d.Deliver(A, jobs[1..]);
        Assert.Equal(6, d.Sends.Count());
        d.Deliver(A, jobs[0]);
        Assert.Equal(7, d.Sends.Count());
    }

    [Fact]
    public void Outcomes_are_sent_again_with_growing_pauses_until_they_are_acknowledged()
    {
        var d = new DestinationDriver().Up(A);
        var job = d.NewJob();
        d.Deliver(A, job);
        d.End(1);
        var times = new List<double>();
        var start = d.Now;
        while (d.Reported.Count() < 8)
        {
            var reported = d.Reported.Count();
            d.After(d.State.NextWake(d.Now)!.Value - d.Now);
            if (d.Reported.Count() > reported) times.Add((d.Now - start).TotalSeconds);
        }

        Assert.Equal([5, 15, 35, 75, 135, 195, 255], times);
        d.Acknowledge(A, job);
        d.After(TimeSpan.FromHours(1));
        Assert.Equal(8, d.Reported.Count());
        Assert.Equal(0, d.State.Unacknowledged);
    }

    [Fact]
    public void Outcomes_of_a_batch_go_out_together_one_message_a_queue()
    {
        var d = new DestinationDriver(new DestinationRules { MaxConnections = 3 }).Up(A);
        d.Deliver(A, d.NewJobs(2));
        d.Deliver(B, d.NewJob());
        d.Opened(2);
        d.Opened(3);
        d.Effects.Clear();
        d.Do(() =>
        {
            foreach (var (connection, job) in d.RunningJobs)
                d.State.Ended(new(connection, new JobOutcome(job.Part.Message, job.Attempt, AttemptResult.PartGone, []), 0, true), d.Now);
        });
        Assert.Equal(
            [(A, 2), (B, 1)], d.Effects.OfType<DestinationEffect.Report>().Select(report => (report.Queue, report.Jobs.Count)).Order());
    }

    [Fact]
    public void Queues_take_turns_and_a_small_queue_never_waits_for_a_large_queue()
    {
        var d = new DestinationDriver(new DestinationRules { MaxConnections = 1 }).Up(A);
        d.Deliver(A, d.NewJobs(50));
        d.Deliver(B, d.NewJobs(3));
        for (var i = 0; i < 7; i++) d.End(1);
        Assert.Equal([A, A, B, A, B, A, B, A], d.Sends.Select(send => send.Job.Part.Queue));
    }

    [Fact]
    public void Streams_take_turns_before_queues_do()
    {
        var d = new DestinationDriver(new DestinationRules { MaxConnections = 1 }).Up(A);
        for (var i = 0; i < 20; i++) d.Deliver(Queue($"q{i}.example", "bulk"), d.NewJobs(5));
        var urgent = Queue("x.example", "urgent");
        d.Deliver(urgent, d.NewJobs(5));
        for (var i = 0; i < 12; i++) d.End(1);
        Assert.Equal(5, d.Sends.Skip(1).Take(10).Count(send => send.Job.Part.Queue == urgent));
    }

    [Fact]
    public void Credit_is_shared_among_all_queues_that_ask()
    {
        var d = new DestinationDriver();
        d.Ask(A, 1000);
        d.Ask(B, 1000);
        d.Ask(Queue("c.example", "urgent"), 10);
        d.Opened(1);
        Assert.Equal([45, 45, 10], d.Grants.Select(grant => grant.Credits).OrderDescending());
        Assert.Equal(d.Rules.MinWindow, d.State.Granted);
    }

    [Fact]
    public void Credit_comes_in_portions_as_the_window_frees()
    {
        var d = new DestinationDriver(new DestinationRules { MaxConnections = 1 });
        d.Ask(A, 1000);
        d.Opened(1);
        Assert.Equal(100, Assert.Single(d.Grants).Credits);
        d.Deliver(A, d.NewJobs(100));
        for (var i = 0; i < 24; i++) d.End(1);
        Assert.Single(d.Grants);
        d.End(1);
        Assert.Equal([100, 25], d.Grants.Select(grant => grant.Credits));
    }

    [Fact]
    public void The_window_grows_with_the_jobs_that_end_in_a_second()
    {
        var d = new DestinationDriver(new DestinationRules { MaxConnections = 1 });
        d.Ask(A, 1_000_000);
        d.Opened(1);
        for (var i = 0; i < 5000; i++)
        {
            while (d.State.Waiting + d.State.Running == 0) d.Deliver(A, d.NewJobs(d.State.Granted));
            d.End(1);
        }

        Assert.InRange(d.State.Granted + d.State.Waiting + d.State.Running, 101, d.Rules.MaxWindow);
        Assert.True(d.Grants.Max(grant => grant.Credits) > 400);
    }

    [Fact]
    public void A_request_replaces_the_previous_request_and_a_request_for_none_withdraws_it()
    {
        var d = new DestinationDriver();
        d.Ask(A, 10);
        d.Ask(A, 4);
        d.Ask(B, 3);
        d.Ask(B, 0);
        d.Opened(1);
        Assert.Equal(new DestinationEffect.Grant(A, 4), Assert.Single(d.Grants));
    }

    [Fact]
    public void Grants_that_are_not_used_lapse()
    {
        var d = new DestinationDriver().Up(A);
        Assert.Equal(1, d.State.Granted);
        d.After(d.Rules.GrantLife - TimeSpan.FromTicks(1));
        Assert.Equal(1, d.State.Granted);
        d.After(TimeSpan.FromTicks(1));
        Assert.Equal(0, d.State.Granted);
        d.Closed(1);
        Assert.True(d.State.IsIdle(d.Now));
    }

    [Fact]
    public void More_jobs_than_fit_come_back_and_beyond_all_memory_they_are_left_to_their_queue()
    {
        var d = new DestinationDriver().Up(A);
        for (var i = 0; i < 25; i++) d.Deliver(A, d.NewJobs(500));
        Assert.Equal(d.Rules.MaxInHand, d.State.Waiting + d.State.Running);
        Assert.Equal(d.Rules.MaxKnown - d.Rules.MaxInHand, d.Reported.Count(outcome => outcome.Result == AttemptResult.NotAttempted));
    }

    [Fact]
    public void Mail_of_other_domains_does_not_go_to_the_new_hosts_of_a_domain_that_moved()
    {
        var d = new DestinationDriver().Up(A);
        TargetHost[] moved = [new TargetHost(10, "new.example")];
        var stray = Target with { Hosts = moved };
        var known = d.NewJob();
        d.Deliver(A, known);
        d.End(1);
        d.Do(() => d.State.Accept(new Deliver(stray, A, [known, d.NewJob()]), d.Now));
        // The known job is answered. The unknown job goes back and is tried at the current hosts of its domain.
        Assert.Equal(
            [AttemptResult.Attempted, AttemptResult.Attempted, AttemptResult.NotAttempted], d.Reported.Select(outcome => outcome.Result));
        d.Do(() => d.State.Ask(new RequestCredit(stray, B, 5), d.Now));
        Assert.Equal(B, Assert.Single(d.Refusals).Queue);
        d.Deliver(A, d.NewJobs(3));
        Assert.All(d.Opens, open => Assert.Equal(Target, open.Target));
    }

    [Fact]
    public void A_stopping_destination_ends_running_jobs_returns_the_others_and_accepts_none()
    {
        var d = new DestinationDriver().Up(A);
        var jobs = d.NewJobs(3);
        d.Deliver(A, jobs);
        d.Stop();
        Assert.Equal([AttemptResult.NotAttempted, AttemptResult.NotAttempted], d.Reported.Select(outcome => outcome.Result));
        d.Ask(B, 5);
        // Connections being opened are given up. Connection 2 opens before it notices.
        Assert.Equal([2, 3], d.Effects.OfType<DestinationEffect.Close>().Select(close => close.Connection));
        d.Opened(2);
        d.NotOpened(3);
        d.End(1);
        Assert.Single(d.Sends);
        Assert.Equal([2, 3, 1], d.Effects.OfType<DestinationEffect.Close>().Select(close => close.Connection));
        d.Acknowledge(A, jobs);
        d.Closed(2);
        Assert.False(d.State.IsDrained);
        d.Closed(1);
        Assert.True(d.State.IsDrained);
        Assert.Empty(d.Refusals);
        Assert.DoesNotContain(d.Grants, grant => grant.Queue == B);
    }

    [Fact]
    public void A_stale_job_of_a_destination_that_stops_is_given_back()
    {
        var d = new DestinationDriver().Up(A);
        d.Deliver(A, d.NewJob());
        d.Stop();
        d.End(1, isStale: true);
        Assert.Equal(AttemptResult.NotAttempted, Assert.Single(d.Reported).Result);
        Assert.Equal(0, d.State.Waiting);
    }

    [Fact]
    public void A_destination_remembers_an_outage_while_it_lasts()
    {
        var d = new DestinationDriver();
        d.Ask(A, 1);
        d.NotOpened(1);
        Assert.False(d.State.IsIdle(d.Now));
        Assert.Equal(d.State.SiteDownUntil, d.State.NextWake(d.Now));
        d.After(d.State.SiteDownUntil - d.Now);
        Assert.True(d.State.IsIdle(d.Now));
        Assert.Null(d.State.NextWake(d.Now));
    }

    private static void TryOpen(DestinationDriver d, int connection)
    {
        if (d.State.Connections > d.RunningJobs.Count) d.Opened(connection);
    }
}
