using System.Runtime.Serialization;
using Google.Protobuf.Collections;
using Postfleet.Contracts.Messages;
using Postfleet.Core.Queueing;

namespace Postfleet.Contracts.Serialization;

/// <summary>The outcomes of recipients: in messages, events and checkpoints. For the formats of all modules.</summary>
public static class OutcomeMapping
{
    internal static Wire.Outcomes ToWire(Outcomes message)
    {
        var texts = new TextTableWriter();
        var wire = new Wire.Outcomes
        {
            Queue = message.Queue.Value,
            Destination = message.Destination.Value,
            Jobs = { Capacity = message.Jobs.Count },
            Texts = texts.Table,
        };
        for (var i = 0; i < message.Jobs.Count; i++)
        {
            var job = message.Jobs[i];
            var item = new Wire.JobOutcome
            {
                MessageHigh = job.Message.High,
                MessageLow = job.Message.Low,
                Attempt = job.Attempt,
                Result = EnumMapping.ToWire(job.Result),
            };
            Add(item.Recipients, job.Recipients, texts);
            item.Details = ToWire(job.Details, texts);
            wire.Jobs.Add(item);
        }

        return wire;
    }

    internal static Outcomes FromWire(Wire.Outcomes wire)
    {
        var texts = new TextTableReader(wire.Texts);
        var jobs = new JobOutcome[wire.Jobs.Count];
        for (var i = 0; i < jobs.Length; i++)
        {
            var job = wire.Jobs[i];
            jobs[i] = new JobOutcome(
                MessageId.FromHalves(job.MessageHigh, job.MessageLow),
                job.Attempt,
                EnumMapping.FromWire(job.Result),
                Read(job.Recipients, texts))
            {
                Details = FromWire(job.Details, texts),
            };
        }

        return new Outcomes(QueueKey.FromTrusted(wire.Queue), new DestinationId(wire.Destination), jobs);
    }

    /// <summary>Adds outcomes to a field, and their replies and hosts to the table.</summary>
    public static void Add(RepeatedField<Wire.RecipientOutcome> field, IReadOnlyList<RecipientOutcome> outcomes, TextTableWriter texts)
    {
        for (var i = 0; i < outcomes.Count; i++)
        {
            var outcome = outcomes[i];
            var wire = new Wire.RecipientOutcome
            {
                Recipients = outcome.Recipients.FirstWord,
                Disposition = EnumMapping.ToWire(outcome.Disposition),
                Reply = texts.Index(outcome.Reply),
                RemoteHost = texts.Index(outcome.RemoteHost),
                Success = EnumMapping.ToWire(outcome.Success),
            };
            ValueMapping.AddMoreWords(wire.MoreRecipients, outcome.Recipients);
            field.Add(wire);
        }
    }

    /// <summary>Reads the outcomes of a field.</summary>
    /// <exception cref="SerializationException">An index is not in the table, or a value is unknown.</exception>
    public static RecipientOutcome[] Read(RepeatedField<Wire.RecipientOutcome> field, TextTableReader texts)
    {
        if (field.Count == 0) return [];
        var outcomes = new RecipientOutcome[field.Count];
        for (var i = 0; i < outcomes.Length; i++)
        {
            var wire = field[i];
            outcomes[i] = new RecipientOutcome(
                ValueMapping.ToSet(wire.Recipients, wire.MoreRecipients),
                EnumMapping.FromWire(wire.Disposition),
                texts.Reply(wire.Reply),
                texts.Name(wire.RemoteHost))
            {
                Success = EnumMapping.FromWire(wire.Success),
            };
        }

        return outcomes;
    }

    /// <summary>Writes the details of an attempt, and adds their texts to the table; null for none.</summary>
    public static Wire.AttemptDetails? ToWire(AttemptDetails? details, TextTableWriter texts) => details is null ? null : new()
    {
        Address = texts.Index(details.Address),
        Source = texts.Index(details.Source),
        TlsVersion = texts.Index(details.TlsVersion),
        TlsCipher = texts.Index(details.TlsCipher),
        Duration = details.Duration.Ticks,
    };

    /// <summary>Reads the details of an attempt; null for none.</summary>
    /// <exception cref="SerializationException">An index is not in the table.</exception>
    public static AttemptDetails? FromWire(Wire.AttemptDetails? wire, TextTableReader texts) => wire is null ? null : new(
        texts.Name(wire.Address), texts.Name(wire.Source), texts.Name(wire.TlsVersion), texts.Name(wire.TlsCipher),
        TimeSpan.FromTicks(wire.Duration));
}
