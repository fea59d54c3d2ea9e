using CsCheck;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.Delivery.Destinations.State;
using Xunit;

namespace Postfleet.Delivery.Tests.Destinations.State;

/// <summary>Which recipients of an attempt go on to another host, and whose word counts in the end.</summary>
public class HandOverTests
{
    private const string First = "mx1", Second = "mx2", Third = "mx3";

    private static readonly SmtpReply Ok = new(250, new EnhancedStatus(2, 0, 0), "taken");
    private static readonly SmtpReply Full = new(452, new EnhancedStatus(4, 3, 1), "disk full");
    private static readonly SmtpReply Never = new(550, new EnhancedStatus(5, 1, 1), "no such user");
    private static readonly SmtpReply Lost = new(451, new EnhancedStatus(4, 4, 2), "connection lost");
    private static readonly SmtpReply Lacking = new(550, new EnhancedStatus(5, 7, 30), "the remote host does not offer REQUIRETLS");

    // The possible replies of a host to a recipient. Half of them are deferrals, to reach further hosts often.
    private static readonly Gen<int> Verdict = Gen.Int[0, 5];

    [Fact]
    public void Deferred_recipients_are_offered_to_the_next_host_and_the_others_keep_their_outcome()
    {
        var attempt = new HandOver([Of(First, Ok, 0), Of(First, Full, 1, 2), Of(First, Never, 3), Own(Lost, 4)]);
        Assert.Equal(RecipientSet.Of([1, 2]), attempt.Open);
        attempt.Add([Of(Second, Ok, 1), Of(Second, Never, 2)], 1);
        Assert.True(attempt.Open.IsEmpty);
        Assert.Equal(
            [(0, First, Ok), (3, First, Never), (4, "", Lost), (1, Second, Ok), (2, Second, Never)],
            attempt.Outcomes.Select(outcome => (outcome.Recipients.Indexes().Single(), outcome.RemoteHost, outcome.Reply)));
    }

    [Fact]
    public void Recipients_deferred_by_every_host_have_the_reply_of_the_last_host()
    {
        var later = new SmtpReply(450, null, "greylisted");
        var attempt = new HandOver([Of(First, Full, 0)]);
        attempt.Add([Of(Second, later, 0)], 1);
        Assert.Equal((Second, later), (Assert.Single(attempt.Outcomes).RemoteHost, attempt.Outcomes[0].Reply));
        Assert.True(attempt.Open.IsEmpty);
    }

    [Fact]
    public void A_next_host_without_a_required_extension_changes_no_outcome_and_is_not_counted()
    {
        var attempt = new HandOver([Of(First, Full, 0, 1)]);
        attempt.Add([Own(Lacking, 0, 1)], 0);
        Assert.Equal((First, Full), (Assert.Single(attempt.Outcomes).RemoteHost, attempt.Outcomes[0].Reply));
        Assert.Equal(RecipientSet.All(2), attempt.Open);
        attempt.Add([Of(Third, Ok, 0, 1)], 1);
        Assert.Equal(Third, Assert.Single(attempt.Outcomes).RemoteHost);
    }

    [Fact]
    public void Recipients_without_a_transaction_at_the_next_host_keep_the_first_outcome()
    {
        var attempt = new HandOver([Of(First, Full, 0, 1)]);
        attempt.Add([Of(Second, Ok, 1)], 1);
        Assert.Equal(
            [(0, First), (1, Second)], attempt.Outcomes.Select(outcome => (outcome.Recipients.Indexes().Single(), outcome.RemoteHost)));
    }

    [Fact]
    public void Recipients_of_a_lost_connection_are_not_offered_to_another_host()
    {
        Assert.True(new HandOver([Own(Lost, 0)]).Open.IsEmpty);
        var attempt = new HandOver([Of(First, Full, 0)]);
        attempt.Add([Own(Lost, 0)], 1);
        Assert.Equal(Lost, Assert.Single(attempt.Outcomes).Reply);
        Assert.True(attempt.Open.IsEmpty);
    }

    [Fact]
    public void Recipients_that_may_be_delivered_are_not_offered_again_and_each_has_one_outcome() =>
        Gen.Select(Gen.Int[1, 90], Verdict.Array[90].Array[5], Gen.Bool.Array[5]).Sample((count, verdicts, begins) =>
        {
            var settled = new HashSet<int>();
            var all = RecipientSet.All(count);
            var attempt = new HandOver(Answer(0, all, verdicts[0], settled));
            var sessions = 1;
            for (var host = 1; host < 5 && !attempt.Open.IsEmpty; host++)
            {
                var open = attempt.Open;
                Assert.DoesNotContain(open.Indexes(), settled.Contains);
                // A host without a transaction has not replied: the outcome is our own refusal.
                var answer = begins[host] ? Answer(host, open, verdicts[host], settled) : [Own(Lacking, [.. open.Indexes()])];
                attempt.Add(answer, begins[host] ? 1 : 0);
                if (begins[host]) sessions++;
                Check(attempt, all);
            }

            Check(attempt, all);
            Assert.InRange(sessions, 1, HandOver.MaxSessions);
        }, iter: 20_000);

    private static void Check(HandOver attempt, RecipientSet all)
    {
        Assert.Equal(all.Count, attempt.Outcomes.Sum(outcome => outcome.Recipients.Count));
        Assert.Equal(all, attempt.Outcomes.Aggregate(RecipientSet.Empty, (set, outcome) => set.Union(outcome.Recipients)));
    }

    // Each recipient's outcome at a host. Recipients accepted, refused or possibly accepted are settled: another host must not be offered
    // them.
    private static List<RecipientOutcome> Answer(int host, RecipientSet open, int[] verdicts, HashSet<int> settled)
    {
        var outcomes = new List<RecipientOutcome>();
        foreach (var group in open.Indexes().GroupBy(index => verdicts[index]))
        {
            int[] recipients = [.. group];
            outcomes.Add(group.Key switch
            {
                0 => Of($"mx{host}", Ok, recipients),
                1 => Of($"mx{host}", Never, recipients),
                2 => Own(Lost, recipients),
                _ => Of($"mx{host}", Full, recipients),
            });
            if (group.Key <= 2) settled.UnionWith(recipients);
        }

        return outcomes;
    }

    private static RecipientOutcome Own(SmtpReply reply, params int[] recipients) => Of("", reply, recipients);

    private static RecipientOutcome Of(string host, SmtpReply reply, params int[] recipients)
    {
        var disposition = reply.IsPositive ? Disposition.Delivered : reply.IsPermanent ? Disposition.Failed : Disposition.Deferred;
        return new RecipientOutcome(RecipientSet.Of(recipients), disposition, reply, host);
    }
}
