using CsCheck;
using Postfleet.Contracts.Messages;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;

namespace Postfleet.Testing.Generators;

/// <summary>Generators of the values in messages and events, including bounds and unusual values.</summary>
public static class ValueGen
{
    public static readonly Gen<MessageId> Id = Gen.Select(Gen.ULong, Gen.ULong)
        .Select(halves => MessageId.FromHalves(halves.Item1, halves.Item2));

    // Odd ticks: a wire format in milliseconds or microseconds would lose them.
    public static readonly Gen<DateTimeOffset> Time = Gen.Long[0, DateTimeOffset.MaxValue.Ticks - TimeSpan.TicksPerDay]
        .Select(ticks => new DateTimeOffset(ticks, TimeSpan.Zero));

    public static readonly Gen<DateTimeOffset?> TimeOrNull = Gen
        .Select(Gen.Bool, Time, (some, time) => some ? time : (DateTimeOffset?)null);

    public static readonly Gen<int> Count = Gen.OneOf(Gen.Int[0, 3], Gen.Int[0, int.MaxValue]);

    public static readonly Gen<RecipientSet> Set = Gen.OneOf(
        Gen.Const(RecipientSet.Empty),
        Gen.Int[0, RecipientSet.MaxRecipients - 1].Select(RecipientSet.Of),
        Gen.Int[0, 200].Select(RecipientSet.All),
        Gen.Const(RecipientSet.All(RecipientSet.MaxRecipients)),
        Gen.Int[0, 300].Array[0, 20].Select(indexes => RecipientSet.Of(indexes)));

    public static readonly Gen<string> Text = Gen.OneOf(
        Gen.Const(""),
        Gen.Const("4.2.2 Boîte pleine 📫\nsecond line"),
        Gen.Char.AlphaNumeric.Array[1, 60].Select(chars => new string(chars)),
        Gen.Const(new string('x', Core.Mail.SmtpReply.MaxTextLength)));

    public static readonly Gen<EnhancedStatus> Status = Gen.Select(
        Gen.OneOf(2, 4, 5), Gen.Int[0, 999], Gen.Int[0, 999], (@class, subject, detail) => new EnhancedStatus(@class, subject, detail));

    public static readonly Gen<Core.Mail.SmtpReply> Reply = Gen.Select(Gen.Int[200, 599], Gen.Bool, Status, Text,
        Gen.Enum<ReplyStage>(),
        (code, hasStatus, status, text, stage) => new Core.Mail.SmtpReply(code, hasStatus ? status : null, text) { Stage = stage });

    public static readonly Gen<string> Host = Gen.OneOf("", "mx1.example.org [192.0.2.1]", "mx2.example.org [2001:db8::1]");

    public static readonly Gen<QueueKey> Queue =
        Gen.OneOf("default:example.org", "bulk:xn--bcher-kva.example", "default:[192.0.2.1]", "default:[ipv6:2001:db8::1]")
            .Select(QueueKey.FromTrusted);

    public static readonly Gen<DestinationId> Destination =
        Gen.OneOf("default|mx1.example.org,mx2.example.org", "tenant-7|smtp://relay:25", "default|discard")
            .Select(id => new DestinationId(id));

    public static readonly Gen<DeliveryTarget> Target = Gen.Select(
        Destination,
        Gen.Enum<TargetKind>(),
        Gen.Select(
            Gen.Int[0, 65_535], Gen.OneOf("mx1.example.org", "192.0.2.1", "::1"), (preference, name) => new TargetHost(preference, name))
            .Array[0, 5],
        Gen.Int[0, 65_535],
        (destination, kind, hosts, port) => new DeliveryTarget(destination, kind, hosts, port));

    public static readonly Gen<AttemptId> Attempt = Gen.Select(Id, Count, (id, attempt) => new AttemptId(id, attempt));

    public static readonly Gen<RecipientOutcome> Outcome = Gen.Select(Set, Gen.Enum<Disposition>(), Reply, Host, Gen.Enum<SuccessReport>(),
        (set, disposition, reply, host, success) => new RecipientOutcome(set, disposition, reply, host) { Success = success });

    public static readonly Gen<AttemptDetails?> DetailsOrNull = Gen.Select(
        Gen.Bool, Host, Host, Text, Text, Gen.Long[0, TimeSpan.TicksPerDay],
        (isSet, address, source, version, cipher, ticks) =>
            isSet ? new AttemptDetails(address, source, version, cipher, TimeSpan.FromTicks(ticks)) : null);

    public static readonly Gen<JobOutcome> JobOutcome = Gen.Select(
        Id, Count, Gen.Enum<AttemptResult>(), Outcome.Array[0, 4], DetailsOrNull,
        (id, attempt, end, recipients, details) => new JobOutcome(id, attempt, end, recipients) { Details = details });
}
