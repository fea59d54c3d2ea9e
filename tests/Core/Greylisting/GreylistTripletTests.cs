using System.Net;
using CsCheck;
using Postfleet.Core.Greylisting;
using Postfleet.Core.Mail;
using Xunit;

namespace Postfleet.Core.Tests.Greylisting;

/// <summary>The keys and the rules of greylisting.</summary>
public sealed class GreylistTripletTests
{
    private static readonly GreylistRules Rules = new(TimeSpan.FromMinutes(5), TimeSpan.FromHours(48), TimeSpan.FromDays(36), 3);

    [Theory]
    [InlineData("192.0.2.1", "192.0.2.254", true)]
    [InlineData("192.0.2.1", "::ffff:192.0.2.9", true)]
    [InlineData("192.0.2.1", "192.0.3.1", false)]
    [InlineData("2001:db8:0:1::1", "2001:db8:0:1:ffff::2", true)]
    [InlineData("2001:db8:0:1::1", "2001:db8:0:2::1", false)]
    public void The_network_counts_and_not_the_address(string one, string other, bool isSame) =>
        Assert.Equal(isSame, Of(one, "a@x.test", "b@y.test") == Of(other, "a@x.test", "b@y.test"));

    [Theory]
    [InlineData("192.0.2.1", "::ffff:192.0.2.254", true)]
    [InlineData("192.0.2.1", "192.0.3.1", false)]
    [InlineData("2001:db8:0:1::1", "2001:db8:0:2::1", true)]
    [InlineData("2001:db8:0:1::1", "2001:db8:1:1::1", false)]
    public void The_rows_of_a_site_are_bounded_together(string one, string other, bool isSame) =>
        Assert.Equal(isSame, Of(one, "a@x.test", "b@y.test").Network == Of(other, "c@z.test", "d@y.test").Network);

    [Theory]
    [InlineData("bounce-1234@x.test", "B@Y.test", true, true)]
    [InlineData("a@sub.x.test", "b@y.test", false, false)]
    [InlineData("a@x.test", "c@y.test", false, true)]
    [InlineData(null, "b@y.test", false, false)]
    public void The_domain_of_the_sender_and_the_recipient_count(string? sender, string recipient, bool isSame, bool isSameSender)
    {
        var (one, other) = (Of("192.0.2.1", "a@x.test", "b@y.test"), Of("192.0.2.1", sender, recipient));
        Assert.Equal((isSame, isSameSender), (one.Key == other.Key, one.Sender == other.Sender));
        Assert.NotEqual(other.Key, other.Sender);
    }

    [Fact]
    public void A_triplet_passes_exactly_after_its_delay_within_its_window() => Gen.Long[0, 4 * 24 * 60].Sample(minutes =>
    {
        const long PerMinute = 60_000_000;
        var meeting = GreylistRow.Meet(new GreylistRow(0, 0, 0), null, Rules, minutes * PerMinute);
        Assert.Equal(
            minutes < 5 ? GreylistState.Early : minutes < 48 * 60 ? GreylistState.Proved : GreylistState.New, meeting.State);
        Assert.InRange(meeting.Wait, TimeSpan.Zero, Rules.Delay);
    });

    [Fact]
    public void A_clock_that_was_set_back_lengthens_no_wait()
    {
        var meeting = GreylistRow.Meet(new GreylistRow(1_000_000_000_000, 0, 0), null, Rules, 0);
        Assert.Equal(new GreylistMeeting(GreylistState.Early, Rules.Delay), meeting);
    }

    private static GreylistTriplet Of(string client, string? sender, string recipient) =>
        GreylistTriplet.Of(IPAddress.Parse(client), sender is null ? null : Mailbox.Parse(sender), Mailbox.Parse(recipient));
}
