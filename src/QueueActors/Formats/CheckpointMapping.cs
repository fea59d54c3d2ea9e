using Postfleet.Contracts.Serialization;
using Postfleet.Core.Queueing;
using Postfleet.QueueActors.Events;

namespace Postfleet.QueueActors.Formats;

/// <summary>The pieces of a queue's whole state.</summary>
internal static class CheckpointMapping
{
    public static Wire.CheckpointPiece ToWire(CheckpointPiece piece)
    {
        var texts = new TextTableWriter();
        var wire = new Wire.CheckpointPiece
        {
            Index = piece.Index,
            IsLast = piece.IsLast,
            Entries = { Capacity = piece.Entries.Count },
            Unsettled = { Capacity = piece.Unsettled.Count },
            Texts = texts.Table,
        };
        for (var i = 0; i < piece.Entries.Count; i++) wire.Entries.Add(ToWire(piece.Entries[i], texts));
        for (var i = 0; i < piece.Unsettled.Count; i++) wire.Unsettled.Add(ToWire(piece.Unsettled[i], texts));
        if (piece.Queue is { } queue) wire.Queue = ToWire(queue, texts);
        return wire;
    }

    public static CheckpointPiece FromWire(Wire.CheckpointPiece wire)
    {
        var texts = new TextTableReader(wire.Texts);
        var entries = new CheckpointEntry[wire.Entries.Count];
        for (var i = 0; i < entries.Length; i++) entries[i] = FromWire(wire.Entries[i], texts);
        var unsettled = new SettlementRequest[wire.Unsettled.Count];
        for (var i = 0; i < unsettled.Length; i++) unsettled[i] = FromWire(wire.Unsettled[i], texts);
        return new CheckpointPiece(wire.Index, wire.IsLast, entries, unsettled)
        {
            Queue = wire.Queue is { } queue ? FromWire(queue, texts)
            : null
        };
    }

    private static Wire.CheckpointQueue ToWire(CheckpointQueue queue, TextTableWriter texts)
    {
        var wire = new Wire.CheckpointQueue
        {
            SiteReply = queue.SiteReply is { } reply ? texts.Index(reply) : 0,
            SiteFailures = queue.SiteFailures,
            LastNegativeReply = queue.LastNegativeReply is { } last ? texts.Index(last) : 0,
        };
        if (queue.SiteUntil is { } until) wire.SiteUntil = until.UtcTicks;
        if (queue.SiteSince is { } since) wire.SiteSince = since.UtcTicks;
        if (queue.Owner is { } owner) wire.Owner = owner;
        return wire;
    }

    private static CheckpointQueue FromWire(Wire.CheckpointQueue wire, TextTableReader texts) => new(
        wire.HasSiteUntil ? ValueMapping.ToTime(wire.SiteUntil) : null,
        texts.ReplyOrNull(wire.SiteReply),
        wire.SiteFailures,
        texts.ReplyOrNull(wire.LastNegativeReply))
    {
        SiteSince = wire.HasSiteSince ? ValueMapping.ToTime(wire.SiteSince) : null,
        Owner = wire.Owner is { Length: > 0 } owner ? owner : null,
    };

    private static Wire.CheckpointEntry ToWire(CheckpointEntry entry, TextTableWriter texts)
    {
        var wire = new Wire.CheckpointEntry
        {
            Open = entry.Open.FirstWord,
            NextDue = entry.NextDue.UtcTicks,
            Attempt = entry.Attempt,
            Tries = entry.Tries,
            Crashes = entry.Crashes,
            IsInFlight = entry.IsInFlight,
            Destination = entry.Destination is { } destination ? texts.Index(destination.Value) : 0,
            IsMarked = entry.IsMarked,
            LastReply = entry.LastReply is { } reply ? texts.Index(reply) : 0,
            LastRemoteHost = texts.Index(entry.LastRemoteHost),
            IsDelayReported = entry.IsDelayReported,
            Action = entry.Action,
            IsHeld = entry.IsHeld,
            Moves = entry.Moves,
        };
        ValueMapping.AddMoreWords(wire.MoreOpen, entry.Open);
        return wire.With(entry.Part);
    }

    private static CheckpointEntry FromWire(Wire.CheckpointEntry wire, TextTableReader texts) => new()
    {
        Part = wire.ToPart(),
        Open = ValueMapping.ToSet(wire.Open, wire.MoreOpen),
        NextDue = ValueMapping.ToTime(wire.NextDue),
        Attempt = wire.Attempt,
        Tries = wire.Tries,
        Crashes = wire.Crashes,
        IsInFlight = wire.IsInFlight,
        Destination = wire.Destination == 0 ? null : new DestinationId(texts.Name(wire.Destination)),
        IsMarked = wire.IsMarked,
        LastReply = texts.ReplyOrNull(wire.LastReply),
        LastRemoteHost = texts.Name(wire.LastRemoteHost),
        IsDelayReported = wire.IsDelayReported,
        Action = wire.Action,
        IsHeld = wire.IsHeld,
        Moves = wire.Moves,
    };

    private static Wire.CheckpointSettlement ToWire(SettlementRequest report, TextTableWriter texts)
    {
        var wire = new Wire.CheckpointSettlement
        {
            MessageHigh = report.Message.High,
            MessageLow = report.Message.Low,
            Attempt = report.Attempt,
            IsFinal = report.IsFinal,
            AcceptedAt = report.AcceptedAt.UtcTicks,
            IsExpired = report.Cause == ReportCause.Expired,
            IsDelayed = report.Cause == ReportCause.Delayed,
            Cause = report.Cause > ReportCause.Delayed ? (int)report.Cause : 0,
        };
        if (report.Move is { } move) wire.Move = MovedPartMapping.ToWire(move, texts);
        OutcomeMapping.Add(wire.Reported, report.Reported, texts);
        if (report.Outcomes is not { } outcomes) return wire;
        wire.Outcomes = new() { At = outcomes.At.UtcTicks, Details = OutcomeMapping.ToWire(outcomes.Details, texts) };
        OutcomeMapping.Add(wire.Outcomes.Recipients, outcomes.Recipients, texts);
        return wire;
    }

    private static SettlementRequest FromWire(Wire.CheckpointSettlement wire, TextTableReader texts)
    {
        var cause = wire.IsExpired ? ReportCause.Expired : wire.IsDelayed ? ReportCause.Delayed
            : EnumMapping.Known((ReportCause)wire.Cause);
        var (message, acceptedAt) = (MessageId.FromHalves(wire.MessageHigh, wire.MessageLow), ValueMapping.ToTime(wire.AcceptedAt));
        return new SettlementRequest(
            message, wire.Attempt, wire.IsFinal, acceptedAt, cause,
            OutcomeMapping.Read(wire.Reported, texts))
        {
            Outcomes = wire.Outcomes is { } outcomes ? FromWire(outcomes, cause, texts) : null,
            Move = wire.Move is { } move ? MovedPartMapping.FromWire(move, message, acceptedAt, texts) : null,
        };
    }

    private static PartOutcomes FromWire(Wire.CheckpointOutcomes wire, ReportCause cause, TextTableReader texts) =>
        new(cause, ValueMapping.ToTime(wire.At), OutcomeMapping.Read(wire.Recipients, texts))
        {
            Details = OutcomeMapping.FromWire(wire.Details, texts),
        };
}
