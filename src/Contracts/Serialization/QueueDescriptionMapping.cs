using Postfleet.Contracts.Stats;
using Postfleet.Core.Queueing;

namespace Postfleet.Contracts.Serialization;

/// <summary>The descriptions of queues. For the formats of all modules.</summary>
public static class QueueDescriptionMapping
{
    internal static Wire.DescribeQueue ToWire(DescribeQueue message)
    {
        var wire = new Wire.DescribeQueue { Queue = message.Queue.Value, MaxMessages = message.MaxMessages };
        if (message.Message is { } only) ValueMapping.AddIds(wire.Message, [only]);
        return wire;
    }

    internal static DescribeQueue FromWire(Wire.DescribeQueue wire) => new(QueueKey.FromTrusted(wire.Queue), wire.MaxMessages)
    {
        Message = wire.Message.Count == 0 ? null : ValueMapping.ToIds(wire.Message)[0],
    };

    /// <summary>Writes a description.</summary>
    public static Wire.QueueDescription ToWire(QueueDescription message)
    {
        ArgumentNullException.ThrowIfNull(message);
        var wire = new Wire.QueueDescription
        {
            Queue = message.Queue.Value,
            CountedSince = message.CountedSince.UtcTicks,
            Delivered = ToWire(message.Delivered),
            Deferred = ToWire(message.Deferred),
            Failed = ToWire(message.Failed),
            ResolvingSince = ToTicks(message.ResolvingSince),
            CreditAskedSince = ToTicks(message.CreditAskedSince),
        };
        wire.Messages.AddRange(message.Messages.Select(ToWire));
        if (message.Suspension is { } suspension)
        {
            wire.Suspension = new()
            {
                Action = suspension.Action,
                Until = ToTicks(suspension.Until),
                Reason = suspension.Reason,
                Since = ToTicks(suspension.Since),
            };
        }

        if (message.Pause is { } pause)
            wire.Pause = new() { Since = ToTicks(pause.Since), Until = pause.Until.UtcTicks, Reply = pause.Reply };
        if (message.NoRoute is { } reply) wire.NoRoute = ToWire(reply);
        return wire;
    }

    /// <summary>Reads a description.</summary>
    public static QueueDescription FromWire(Wire.QueueDescription wire)
    {
        ArgumentNullException.ThrowIfNull(wire);
        return new QueueDescription(QueueKey.FromTrusted(wire.Queue))
        {
            CountedSince = ValueMapping.ToTime(wire.CountedSince),
            Delivered = FromWire(wire.Delivered),
            Deferred = FromWire(wire.Deferred),
            Failed = FromWire(wire.Failed),
            Messages = [.. wire.Messages.Select(FromWire)],
            Suspension = wire.Suspension is { } suspension
                ? new Suspension(suspension.Action, ToTime(suspension.Until), suspension.Reason) { Since = ToTime(suspension.Since) }
                : null,
            Pause = wire.Pause is { } pause
                ? new SitePauseFacts(ToTime(pause.Since), ValueMapping.ToTime(pause.Until), pause.Reply) : null,
            ResolvingSince = ToTime(wire.ResolvingSince),
            CreditAskedSince = ToTime(wire.CreditAskedSince),
            NoRoute = wire.NoRoute is { } reply ? FromWire(reply) : null,
        };
    }

    internal static Wire.NotedReply ToWire(NotedReply noted) =>
        new() { At = noted.At.UtcTicks, Reply = noted.Reply, RemoteHost = noted.RemoteHost, Count = noted.Count };

    internal static NotedReply FromWire(Wire.NotedReply wire) =>
        new(ValueMapping.ToTime(wire.At), wire.Reply, wire.RemoteHost, wire.Count);

    internal static long ToTicks(DateTimeOffset? time) => time?.UtcTicks ?? 0;

    internal static DateTimeOffset? ToTime(long ticks) => ticks == 0 ? null : ValueMapping.ToTime(ticks);

    private static Wire.RecentCounts ToWire(RecentCounts counts) =>
        new() { Minute = counts.Minute, Hour = counts.Hour, Day = counts.Day };

    private static RecentCounts FromWire(Wire.RecentCounts? wire) => wire is null ? default : new(wire.Minute, wire.Hour, wire.Day);

    private static Wire.WaitingMessage ToWire(WaitingMessage message) => new()
    {
        MessageHigh = message.Message.High,
        MessageLow = message.Message.Low,
        State = (int)EnumMapping.Known(message.State),
        AcceptedAt = message.AcceptedAt.UtcTicks,
        NextAttempt = ToTicks(message.NextAttempt),
        Attempts = message.Attempts,
        Recipients = message.Recipients,
        LastReply = message.LastReply,
        RemoteHost = message.RemoteHost,
        Action = message.Action,
    };

    private static WaitingMessage FromWire(Wire.WaitingMessage wire) => new(
        MessageId.FromHalves(wire.MessageHigh, wire.MessageLow), EnumMapping.Known((WaitingState)wire.State),
        ValueMapping.ToTime(wire.AcceptedAt), ToTime(wire.NextAttempt))
    {
        Attempts = wire.Attempts,
        Recipients = wire.Recipients,
        LastReply = wire.LastReply,
        RemoteHost = wire.RemoteHost,
        Action = wire.Action,
    };
}
