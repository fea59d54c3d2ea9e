using Postfleet.Core.Mail;
using Postfleet.Frontend.Intake;
using Xunit;

namespace Postfleet.Frontend.Tests.Intake;

public sealed class MessageIntakeTests
{
    [Fact]
    public void Recipients_go_into_parts_by_their_queues_in_their_order()
    {
        var parts = MessageIntake
            .Group([.. Mailboxes("a@x.test", "b@y.test", "c@X.TEST", "d@[192.0.2.1]", "e@y.test")], new Dictionary<Mailbox, DsnRequest>());
        Assert.Equal(["default:x.test", "default:y.test", "default:[192.0.2.1]"], parts.Select(part => part.Queue.Value));
        Assert.Equal(["a@x.test", "c@x.test"], parts[0].Envelope.Recipients.Select(recipient => recipient.Address));
        Assert.Equal(["b@y.test", "e@y.test"], parts[1].Envelope.Recipients.Select(recipient => recipient.Address));
    }

    [Fact]
    public void Requests_go_with_their_recipients()
    {
        var never = new DsnRequest(NotifyOn.Never, "");
        var requests = new Dictionary<Mailbox, DsnRequest> { [Mailbox.Parse("c@x.test")] = never };
        var parts = MessageIntake.Group([.. Mailboxes("a@x.test", "b@y.test", "c@x.test")], requests);
        Assert.Equal([DsnRequest.None, never], parts[0].Envelope.Requests);
        Assert.Empty(parts[1].Envelope.Requests);
        Assert.Equal(DsnRequest.None, parts[1].Envelope.RequestOf(0));
    }

    [Fact]
    public void Duplicate_recipients_are_merged_with_case_sensitive_local_parts()
    {
        var transaction = new Frontend.Session.Transaction(new BodyMemory(0, 0).OpenLease(null));
        foreach (var mailbox in Mailboxes("a@x.test", "a@X.test", "A@x.test", "a@x.test"))
            Assert.True(transaction.TryAdd(mailbox, DsnRequest.None, default));
        Assert.Equal(4, transaction.Accepted);
        Assert.Equal(["a@x.test", "A@x.test"], transaction.Recipients.Select(recipient => recipient.Address));
        var before = transaction.Recipients;
        transaction.Reset();
        // The message owns the list: the next transaction has a new list.
        Assert.NotSame(before, transaction.Recipients);
        Assert.True(transaction.TryAdd(before[0], DsnRequest.None, default));
        Assert.Single(transaction.Recipients);
        Assert.Equal(2, before.Count);
    }

    private static IEnumerable<Mailbox> Mailboxes(params string[] addresses) => addresses.Select(Mailbox.Parse);
}
