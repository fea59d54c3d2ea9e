using Akka.Actor;
using CsCheck;
using Postfleet.Contracts.Messages;
using Postfleet.Contracts.Serialization;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.Testing.Formats;
using Xunit;

namespace Postfleet.Contracts.Tests;

/// <summary>However remote hosts answer, outcomes travel in messages that fit a frame, and none is lost.</summary>
public sealed class OutcomePackingTests : IAsyncLifetime
{
    private static readonly QueueKey Queue = QueueKey.FromTrusted("default:example.org");
    private static readonly DestinationId Site = new("default|mx1.example.org");

    private readonly ActorSystem _system = ActorSystem.Create("packing", PostfleetSerialization.Config);

    [Fact]
    public void Small_outcomes_are_packed_together_unchanged()
    {
        var jobs = Enumerable.Range(0, 2 * Outcomes.MaxJobs + 1).Select(i => Job(i, recipients: 1, textLength: 40)).ToList();
        var messages = OutcomePacking.Pack(Queue, Site, jobs).ToList();
        Assert.Equal([Outcomes.MaxJobs, Outcomes.MaxJobs, 1], messages.Select(message => message.Jobs.Count));
        Assert.Equal(Rendering.Of(jobs), Rendering.Of(messages.SelectMany(message => message.Jobs)));
        Assert.Empty(OutcomePacking.Pack(Queue, Site, []));
    }

    [Fact]
    public void A_job_with_a_long_reply_for_each_recipient_fits_and_keeps_every_code()
    {
        var job = Job(0, recipients: 1_000, textLength: SmtpReply.MaxTextLength);
        var message = Assert.Single(OutcomePacking.Pack(Queue, Site, [job]));
        Assert.InRange(SizeOf(message), OutcomePacking.MaxOctets / 2, OutcomePacking.MaxOctets);
        Assert.Equal(Codes([job]), Codes(message.Jobs));
    }

    [Fact]
    public void Messages_fit_and_codes_arrive_in_order() =>
        Gen.Select(Gen.Int[0, 1_000], Gen.OneOf(Gen.Int[0, 60], Gen.Int[0, SmtpReply.MaxTextLength]))
            .Where((recipients, length) => recipients * length < 200_000)
            .Array[0, 12]
            .Sample(shapes =>
            {
                var jobs = shapes.Select((shape, i) => Job(i, shape.Item1, shape.Item2)).ToList();
                var messages = OutcomePacking.Pack(Queue, Site, jobs).ToList();
                Assert.All(messages, message => Assert.InRange(SizeOf(message), 1, OutcomePacking.MaxOctets));
                Assert.All(messages, message => Assert.InRange(message.Jobs.Count, 1, Outcomes.MaxJobs));
                Assert.Equal(Codes(jobs), Codes(messages.SelectMany(message => message.Jobs)));
            }, iter: 20);

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _system.Terminate();

    private static string Codes(IEnumerable<JobOutcome> jobs) => Rendering.Of(jobs.Select(job => job with
    {
        Recipients =
            [.. job.Recipients.Select(outcome => outcome with { Reply = new SmtpReply(outcome.Reply.Code, outcome.Reply.Status, "") })],
    }));

    // Every text differs from the first character on, and takes three octets for each.
    private static JobOutcome Job(int number, int recipients, int textLength) => new(
        MessageId.FromHalves(ulong.MaxValue, (ulong)number),
        int.MaxValue,
        AttemptResult.Attempted,
        [.. Enumerable.Range(0, recipients).Select(i => new RecipientOutcome(
            RecipientSet.Of(i),
            Disposition.Deferred,
            new SmtpReply(452, new EnhancedStatus(5, 999, 999), new string((char)('一' + i), textLength)),
            "mx1.example.org [2001:db8::1]"))])
    {
        Details = new AttemptDetails(
            $"2001:db8::{number:x}", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", "TLSv1.3", "TLS_AES_256_GCM_SHA384", TimeSpan.MaxValue),
    };

    private int SizeOf(Outcomes message) => new PostfleetSerializer((ExtendedActorSystem)_system).ToBinary(message).Length;
}
