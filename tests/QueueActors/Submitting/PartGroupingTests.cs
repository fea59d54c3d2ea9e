using Postfleet.Contracts.Queueing;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.QueueActors.Submitting;
using Postfleet.Spool.Common;
using Xunit;

namespace Postfleet.QueueActors.Tests.Submitting;

public sealed class PartGroupingTests
{
    private static readonly DateTimeOffset AcceptedAt = new(2026, 3, 4, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Recipients_go_into_parts_by_their_queues_in_their_order()
    {
        var parts = Group(["a@x.test", "b@y.test", "c@X.TEST", "d@[192.0.2.1]", "e@y.test"]).Parts;
        Assert.Equal(["default:x.test", "default:y.test", "default:[192.0.2.1]"], parts.Select(part => part.Queue.Value));
        Assert.Equal(["a@x.test", "c@x.test"], parts[0].Envelope.Recipients.Select(recipient => recipient.Address));
        Assert.Equal(["b@y.test", "e@y.test"], parts[1].Envelope.Recipients.Select(recipient => recipient.Address));
    }

    [Fact]
    public void Requests_go_with_their_recipients()
    {
        var never = new DsnRequest(NotifyOn.Never, "");
        var parts = Group(["a@x.test", "b@y.test", "c@x.test"], new() { [Mailbox.Parse("c@x.test")] = never }).Parts;
        Assert.Equal([DsnRequest.None, never], parts[0].Envelope.Requests);
        Assert.Empty(parts[1].Envelope.Requests);
        Assert.Equal(DsnRequest.None, parts[1].Envelope.RequestOf(0));
    }

    [Fact]
    public void An_expanded_address_is_noted_with_the_message_where_there_is_a_sender()
    {
        var submission = new Submission(
            MessageId.New(AcceptedAt), new MessageEnvelope { ReversePath = Mailbox.Parse("s@x.test") },
            [Mailbox.Parse("a@x.test"), Mailbox.Parse("b@y.test")], new MessageContent("x\r\n"u8.ToArray()))
        {
            Expanded = [new ExpandedRecipient(Mailbox.Parse("all@x.test"), "rfc822;all@z.test")],
        };
        var outcome = Assert.Single(PartGrouping.ToMessage(submission, AcceptedAt).Note!.Outcomes);
        Assert.Equal((Disposition.Delivered, SuccessReport.Expanded), (outcome.Disposition, outcome.Success));
        Assert.Equal([new NotedRecipient(Mailbox.Parse("all@x.test"), "rfc822;all@z.test")], outcome.Recipients);
        Assert.Null(PartGrouping.ToMessage(submission with { Expanded = [] }, AcceptedAt).Note);
        var bounce = submission with { Envelope = submission.Envelope with { ReversePath = null } };
        Assert.Null(PartGrouping.ToMessage(bounce, AcceptedAt).Note);
    }

    [Theory]
    [InlineData("a@x.test")]
    [InlineData("a@x.test", "b@y.test")]
    public void A_stream_names_the_queues(params string[] recipients)
    {
        Assert.All(Group(recipients, stream: "bulk").Parts, part => Assert.Equal("bulk", part.Queue.Stream));
        Assert.Throws<ArgumentException>(() => Group(recipients, stream: "no stream"));
    }

    [Fact]
    public void Pending_parts_say_what_queues_have_to_know()
    {
        var message = Group(["a@x.test", "b@y.test", "c@x.test"]);
        Assert.Equal(
            [
                new PendingPart(QueueKey.FromTrusted("default:x.test"), new QueuedPart(message.Id, 2, AcceptedAt)),
                new PendingPart(QueueKey.FromTrusted("default:y.test"), new QueuedPart(message.Id, 1, AcceptedAt)),
            ],
            message.ToPending());
    }

    [Fact]
    public void Pending_parts_have_the_time_of_sending()
    {
        var message = Group(["a@x.test"]);
        message = message with { Envelope = message.Envelope with { SendAfter = 60 } };
        Assert.Equal(AcceptedAt.AddMinutes(1), Assert.Single(message.ToPending()).Part.SendAt);
    }

    private static NewMessage Group(
        string[] recipients, Dictionary<Mailbox, DsnRequest>? requests = null, string stream = QueueKey.DefaultStream)
    {
        var content = new MessageContent("x\r\n"u8.ToArray());
        var submission = new Submission(
            MessageId.FromHalves(1, 2), new MessageEnvelope { Size = content.Length }, [.. recipients.Select(Mailbox.Parse)], content)
        {
            Requests = requests ?? [],
            Stream = stream,
        };
        return PartGrouping.ToMessage(submission, AcceptedAt);
    }
}
