using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;

namespace Postfleet.Testing.Formats;

/// <summary>The fixed values that the records behind the golden bytes are made of. They never change.</summary>
public static class SampleValues
{
    public static readonly MessageId First = MessageId.FromHalves(0x0192_3456_789A_7BCD, 0x8123_4567_89AB_CDEF);
    public static readonly MessageId Second = MessageId.FromHalves(0x0192_3456_789B_7001, 0x8000_0000_0000_0001);
    public static readonly DateTimeOffset At = new DateTimeOffset(2026, 3, 1, 12, 30, 15, TimeSpan.Zero).AddTicks(1_234_567);
    public static readonly QueueKey Queue = QueueKey.FromTrusted("default:example.org");
    public static readonly DestinationId Site = new("default|mx1.example.org");
    public static readonly Core.Mail.SmtpReply Ok = new(250, new EnhancedStatus(2, 0, 0), "Ok: queued as 4CdZ7f");
    public static readonly Core.Mail.SmtpReply Full = new(452, new EnhancedStatus(4, 2, 2), "Boîte pleine\ntry later");
    public static readonly Core.Mail.SmtpReply NoUser = new(550, null, "no such user");
    public static readonly RecipientSet Many = RecipientSet.Of([2, 63, 64, 200]);
    public static readonly DeliveryTarget Target = new(Site, TargetKind.Mx, [new(10, "mx1.example.org"), new(20, "mx2.example.org")], 25);

    public static readonly IReadOnlyList<RecipientOutcome> Fates =
    [
        new(RecipientSet.Of(0), Disposition.Delivered, Ok, "mx1.example.org [192.0.2.1]"),
        new(RecipientSet.Of(1), Disposition.Failed, NoUser, "mx1.example.org [192.0.2.1]"),
        new(Many, Disposition.Deferred, Full, ""),
    ];

    public static readonly IReadOnlyList<RecipientOutcome> Successes =
    [
        new(RecipientSet.Of(0), Disposition.Delivered, Ok, "mx1.example.org [192.0.2.1]") { Success = SuccessReport.Relayed },
        new(RecipientSet.Of(1), Disposition.Delivered, Ok, "") { Success = SuccessReport.Delivered },
    ];

    public static readonly AttemptDetails Details = new(
        "192.0.2.1", "198.51.100.7", "TLSv1.3", "TLS_AES_256_GCM_SHA384", TimeSpan.FromMilliseconds(1_234.5));

    /// <summary>The same reply at each stage. Equal replies to different commands differ.</summary>
    public static readonly IReadOnlyList<RecipientOutcome> AtStages =
    [
        .. new[] { ReplyStage.Unknown, ReplyStage.Mail, ReplyStage.Recipient, ReplyStage.Data, ReplyStage.Content, ReplyStage.EndOfData }
            .Select((stage, i) => new RecipientOutcome(
                RecipientSet.Of(i), Disposition.Deferred, new Core.Mail.SmtpReply(450, null, "later") { Stage = stage },
                "mx1.example.org [192.0.2.1]")),
    ];
}
