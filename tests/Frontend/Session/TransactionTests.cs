using Postfleet.Core.Mail;
using Postfleet.Frontend.Intake;
using Postfleet.Frontend.Session;
using Xunit;

namespace Postfleet.Frontend.Tests.Session;

public sealed class TransactionTests
{
    [Fact]
    public void Duplicate_recipients_are_merged_with_case_sensitive_local_parts()
    {
        var transaction = new Transaction(new BodyMemory(0, 0).OpenLease(null));
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
