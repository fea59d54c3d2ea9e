using CsCheck;
using Postfleet.Core.Mail;
using Postfleet.Core.Suppression;
using Xunit;

namespace Postfleet.Core.Tests.Suppression;

/// <summary>The rules of the suppression list.</summary>
public sealed class SuppressionBatchTests
{
    private static readonly DateTimeOffset Now = new(2026, 12, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly SuppressionKey Ann = new("ann@a.test", SuppressionKey.AllMail);

    [Fact]
    public void Failures_make_an_entry_once_there_are_enough_and_each_message_counts_once()
    {
        var row = Apply(null, Hit("m1"), SuppressionEffect.Counted);
        Assert.False(row!.IsActive(Now));
        row = Apply(row, Hit("m1"), SuppressionEffect.None);
        row = Apply(row, Hit("m2"), SuppressionEffect.Added);
        Assert.True(row!.IsActive(Now));
        Assert.Equal(Now + TimeSpan.FromDays(90), row.ExpiresAt);
        Assert.False(row.IsActive(Now + TimeSpan.FromDays(90)));
        Apply(row, Hit("m3"), SuppressionEffect.None);
    }

    [Fact]
    public void Failures_far_apart_are_not_counted_together_and_an_expired_entry_counts_from_the_beginning()
    {
        var row = Apply(null, Hit("m1"), SuppressionEffect.Counted);
        row = Apply(row, Hit("m2"), SuppressionEffect.Counted, Now + TimeSpan.FromDays(7));
        row = Apply(row, Hit("m3"), SuppressionEffect.Added, Now + TimeSpan.FromDays(8));
        Apply(row, Hit("m4"), SuppressionEffect.Counted, Now + TimeSpan.FromDays(99));
    }

    [Fact]
    public void An_entry_is_replaced_and_removed_and_a_count_is_removed_with_it()
    {
        var row = Apply(null, new SuppressionPut(Ann, "manual", "api", null), SuppressionEffect.Added);
        row = Apply(row, new SuppressionPut(Ann, "other", "api", Now + TimeSpan.FromDays(1)), SuppressionEffect.Replaced);
        Assert.Equal("other", row!.Reason);
        Assert.Null(Apply(row, new SuppressionRemoval(Ann), SuppressionEffect.Removed));
        Apply(null, new SuppressionRemoval(Ann), SuppressionEffect.None);
        var counted = Apply(null, Hit("m1"), SuppressionEffect.Counted);
        Assert.Null(Apply(counted, new SuppressionRemoval(Ann), SuppressionEffect.None));
    }

    [Fact]
    public void Changes_of_a_batch_see_the_earlier_ones_and_numbers_grow()
    {
        var batch = new SuppressionBatch([], 7, Now);
        Assert.Equal(
            [SuppressionEffect.Counted, SuppressionEffect.Added, SuppressionEffect.Removed, SuppressionEffect.Added],
            new SuppressionWrite[] { Hit("m1"), Hit("m2"), new SuppressionRemoval(Ann), new SuppressionPut(Ann, "x", "api", null) }
                .Select(batch.Apply));
        Assert.Equal(9, batch.LastChange);
        Assert.Equal(9, Assert.Single(batch.Written).Change);
        Assert.Empty(batch.Deleted);
    }

    [Theory]
    [InlineData("Ann@A.test", "ann@a.test")]
    [InlineData("ANN+x_1=@a.test", "ann+x_1=@a.test")]
    [InlineData("A.Test", "a.test")]
    [InlineData("\"Ann\"@a.test", "ann@a.test")]
    [InlineData("\"a\\nn.b\"@a.test", "ann.b@a.test")]
    [InlineData("\"A b\"@a.test", "\"a b\"@a.test")]
    [InlineData("\"a\\\"\\ \\\\\"@a.test", "\"a\\\" \\\\\"@a.test")]
    [InlineData("\"\"@a.test", "\"\"@a.test")]
    [InlineData("a/b@a.test", "a/b@a.test")]
    [InlineData("Ann@Bücher.test", "ann@xn--bcher-kva.test")]
    [InlineData("A\u0308NN@a.test", "\u00e4nn@a.test")]
    [InlineData("Ann@[IPv6:2001:DB8::1]", "ann@[ipv6:2001:db8::1]")]
    [InlineData("bücher.test", "xn--bcher-kva.test")]
    [InlineData("ann@", null)]
    [InlineData("", null)]
    [InlineData("a b", null)]
    public void Targets_are_normalised(string text, string? target)
    {
        Assert.Equal(target is not null, SuppressionKey.TryParseTarget(text, out var read));
        Assert.Equal(target, read);
        if (target?.Contains('@', StringComparison.Ordinal) == true)
            Assert.Equal(target, SuppressionKey.TargetOf(Mailbox.Parse(text)));
    }

    [Fact]
    public void A_target_is_read_as_itself() =>
        Gen.Select(Gen.Char["aB.+\"\\ @/ä\u0308İẞ"].Array[0, 8], Gen.OneOf("", "@a.test", "@Bü.test")).Sample((local, domain) =>
        {
            if (!SuppressionKey.TryParseTarget(new string(local) + domain, out var target)) return;
            Assert.True(SuppressionKey.TryParseTarget(target, out var again), target);
            Assert.Equal(target, again);
        });

    [Theory]
    [InlineData("all", "")]
    [InlineData("", "")]
    [InlineData("stream:bulk", "stream:bulk")]
    [InlineData("user:Shop@Example.org", "user:shop@example.org")]
    [InlineData("stream:", null)]
    [InlineData("user:", null)]
    [InlineData("bulk", null)]
    public void Scopes_are_normalised(string text, string? scope)
    {
        Assert.Equal(scope is not null, SuppressionKey.TryParseScope(text, out var read));
        Assert.Equal(scope, read);
    }

    [Fact]
    public void The_reply_is_known_again()
    {
        var reply = SuppressionReply.For("unknown-user");
        Assert.Equal("550 5.7.1 the recipient is on the suppression list: unknown-user", reply.ToString());
        Assert.True(SuppressionReply.Is(reply.Code, reply.Text));
        Assert.False(SuppressionReply.Is(550, "no such user"));
    }

    private static SuppressionHit Hit(string origin) =>
        new(Ann, "unknown-user", "rule", origin) { Needed = 2, Within = TimeSpan.FromDays(7), Life = TimeSpan.FromDays(90) };

    private static SuppressionRow? Apply(
        SuppressionRow? row, SuppressionWrite write, SuppressionEffect effect, DateTimeOffset? now = null)
    {
        var batch = new SuppressionBatch(row is null ? [] : [row], 0, now ?? Now);
        Assert.Equal(effect, batch.Apply(write));
        return batch.Deleted.Any() ? null : batch.Written.SingleOrDefault() ?? row;
    }
}
