using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.Delivery.Smtp;
using Postfleet.Spool.Common;
using Xunit;
using static Postfleet.Delivery.Tests.Smtp.Dialogue;
using static Postfleet.Delivery.Tests.Smtp.ExtensionTests;

namespace Postfleet.Delivery.Tests.Smtp;

/// <summary>DELIVERBY (RFC 2852) and MT-PRIORITY (RFC 6710) towards other hosts.</summary>
public sealed class DeliverByTests
{
    private static readonly SessionFacts Plain = new("mx", false, default, null);

    private static readonly SessionFacts Offering = new("mx", false, new Capabilities { HasDeliverBy = true, MinDeliverBy = 30 }, null);

    private static readonly SessionFacts Lmtp = new("store", true, default, null);

    [Theory]
    [InlineData("MT-PRIORITY", 3, " MT-PRIORITY=3")]
    [InlineData("MT-PRIORITY MIXER", -9, " MT-PRIORITY=-9")]
    [InlineData("MT-PRIORITY", 0, " MT-PRIORITY=0")]
    [InlineData("X-PRIORITY", 3, "")]
    public async Task The_priority_is_passed_on_to_a_host_that_offers_the_extension(string keyword, int priority, string expected)
    {
        var dialogue = new Dialogue(
            0,
            [
                .. Hello(keyword), $"C: MAIL FROM:<from@a.test>{expected}", "S: 250 ok", "C: RCPT TO:<r0@b.test>", "S: 250 ok",
                .. Content,
            ]);
        var connection = await dialogue.ConnectedAsync();
        var part = Part();
        part = part with { Message = part.Message with { Priority = priority } };
        Assert.Equal(Disposition.Delivered, (await connection.SendAsync(part, RecipientSet.All(1), default)).Outcomes[0].Disposition);
        await dialogue.EndAsync();
    }

    [Theory]
    [InlineData(DeliverByMode.Return, false, 100.9, " BY=100;R")]
    [InlineData(DeliverByMode.Return, true, 30, " BY=30;RT")]
    [InlineData(DeliverByMode.Notify, false, 5, " BY=5;N")]
    [InlineData(DeliverByMode.Notify, true, -0.5, " BY=-1;NT")]
    [InlineData(DeliverByMode.Notify, false, -3e9, " BY=-999999999;N")]
    public void The_time_that_is_left_is_passed_on(DeliverByMode mode, bool isTraced, double left, string expected)
    {
        var part = With(1000, mode, isTraced);
        var now = part.AcceptedAt.AddSeconds(1000 - left);
        Assert.Equal(expected, DeliverByExtension.Mail(part, Offering, now));
        Assert.Null(DeliverByExtension.Refuse(part, Offering, now));
        Assert.Equal("", DeliverByExtension.Mail(part, Plain, now));
        Assert.Equal("", DeliverByExtension.Mail(Part(), Offering, now));
    }

    [Fact]
    public void The_clock_is_read_only_for_a_message_with_a_time_for_the_delivery()
    {
        Assert.Equal(default, DeliverByExtension.Now(Part(), new NoClock()));
        Assert.Throws<InvalidOperationException>(() => DeliverByExtension.Now(With(60, DeliverByMode.Notify), new NoClock()));
    }

    [Fact]
    public void A_message_of_mode_R_goes_to_no_host_that_could_keep_it_longer()
    {
        var part = With(60, DeliverByMode.Return);
        Assert.Equal("5.3.3", DeliverByExtension.Refuse(part, Plain, part.AcceptedAt)?.Status.ToString());
        Assert.Equal("5.4.7", DeliverByExtension.Refuse(part, Offering, part.AcceptedAt.AddSeconds(30.5))?.Status.ToString());
        Assert.Null(DeliverByExtension.Refuse(part, Lmtp, part.AcceptedAt));
        foreach (var session in (SessionFacts[])[Plain, Offering, Lmtp])
            Assert.Same(DeliverByExtension.TimeOver, DeliverByExtension.Refuse(part, session, part.AcceptedAt.AddSeconds(60)));
        Assert.True(DeliverByExtension.IsOver(part, part.AcceptedAt.AddSeconds(60)));
        Assert.False(DeliverByExtension.IsOver(part, part.AcceptedAt.AddSeconds(59.9)));
        var other = With(60, DeliverByMode.Notify);
        Assert.Null(DeliverByExtension.Refuse(other, Plain, other.AcceptedAt.AddDays(1)));
        Assert.False(DeliverByExtension.IsOver(other, other.AcceptedAt.AddDays(1)));
    }

    [Theory]
    [InlineData(DeliverByMode.Return, false, false, false)]
    [InlineData(DeliverByMode.Return, true, false, true)]
    [InlineData(DeliverByMode.Notify, false, false, true)]
    [InlineData(DeliverByMode.Notify, false, true, false)]
    [InlineData(DeliverByMode.Notify, true, true, true)]
    public void The_relay_is_reported(DeliverByMode mode, bool isTraced, bool isLate, bool isReported)
    {
        var part = With(60, mode, isTraced);
        var now = part.AcceptedAt.AddSeconds(isLate ? 60 : 0);
        Assert.Equal(isReported, DeliverByExtension.IsRelayReported(part, Plain, now));
        Assert.Equal(isTraced, DeliverByExtension.IsRelayReported(part, Offering, now));
        Assert.False(DeliverByExtension.IsRelayReported(part, Lmtp, now));
        Assert.False(DeliverByExtension.IsRelayReported(Part(), Plain, now));
    }

    [Theory]
    [InlineData(NotifyOn.Unspecified, NotifyOn.Failure | NotifyOn.Delay)]
    [InlineData(NotifyOn.Success, NotifyOn.Success | NotifyOn.Delay)]
    [InlineData(NotifyOn.Never, NotifyOn.Never)]
    public void A_host_without_the_extension_is_asked_for_reports_of_delays(NotifyOn given, NotifyOn expected)
    {
        var part = With(60, DeliverByMode.Notify);
        var request = new DsnRequest(given, "rfc822;a");
        Assert.Equal(request with { Notify = expected }, DeliverByExtension.Request(request, part, Plain, part.AcceptedAt));
        Assert.Same(request, DeliverByExtension.Request(request, part, Plain, part.AcceptedAt.AddMinutes(1)));
        Assert.Same(request, DeliverByExtension.Request(request, part, Offering, part.AcceptedAt));
        Assert.Same(request, DeliverByExtension.Request(request, Part(), Plain, part.AcceptedAt));
    }

    [Fact]
    public async Task The_sender_is_told_of_a_relay_to_a_host_without_the_extension_unless_never()
    {
        var dialogue = new Dialogue(
            0,
            [
                .. Hello("DSN"), "C: MAIL FROM:<from@a.test>", "S: 250 ok", "C: RCPT TO:<r0@b.test> NOTIFY=FAILURE,DELAY", "S: 250 ok",
                "C: RCPT TO:<r1@b.test> NOTIFY=NEVER", "S: 250 ok", .. Content,
            ]);
        var connection = await dialogue.ConnectedAsync();
        var part = With(3600, DeliverByMode.Notify, count: 2);
        part = part with { Part = part.Part with { Requests = [DsnRequest.None, new(NotifyOn.Never, "")] } };
        var result = await connection.SendAsync(part, RecipientSet.All(2), default);
        await dialogue.EndAsync();
        Assert.Equal(
            [(RecipientSet.Of(0), SuccessReport.Relayed), (RecipientSet.Of(1), SuccessReport.None)],
            result.Outcomes.OrderBy(outcome => outcome.Recipients.Contains(1)).Select(outcome => (outcome.Recipients, outcome.Success)));
    }

    [Theory]
    [InlineData("DELIVERBY", true, 0)]
    [InlineData("DELIVERBY 240", true, 240)]
    [InlineData("deliverby 999999999", true, 999_999_999)]
    [InlineData("DELIVERBY 9999999999", true, 0)]
    [InlineData("DELIVERBY -1", true, 0)]
    [InlineData("DELIVERBY x", true, 0)]
    [InlineData("DELIVERBYX 1", false, 0)]
    public void The_least_time_of_a_host_is_read(string line, bool isOffered, int minimum)
    {
        var capabilities = Capabilities.Parse(new RawReply(250, ["mx", line]));
        Assert.Equal((isOffered, minimum), (capabilities.HasDeliverBy, capabilities.MinDeliverBy));
    }

    private static SpooledPart With(int seconds, DeliverByMode mode, bool isTraced = false, int count = 1)
    {
        var part = Part(count);
        // The connections of the tests have the clock of the machine.
        return part with
        {
            AcceptedAt = DateTimeOffset.UtcNow,
            Message = part.Message with { DeliverBy = new DeliverByRequest(seconds, mode, isTraced) },
        };
    }

    private sealed class NoClock : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => throw new InvalidOperationException("the clock was read");
    }
}
