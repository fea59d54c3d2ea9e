using System.Runtime.Serialization;
using Google.Protobuf.Collections;
using Postfleet.Contracts.Messages;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;

namespace Postfleet.Contracts.Serialization;

/// <summary>
/// The values contained in messages and events, by the conventions of <c>values.proto</c>. For the formats of all modules.
/// </summary>
public static class ValueMapping
{
    /// <summary>The time of UTC ticks.</summary>
    /// <exception cref="ArgumentException">The ticks are no time.</exception>
    public static DateTimeOffset ToTime(long ticks) => new(ticks, TimeSpan.Zero);

    /// <summary>The set of recipients with these words.</summary>
    /// <exception cref="ArgumentException">The set is larger than a part can be.</exception>
    public static RecipientSet ToSet(ulong first, RepeatedField<ulong> more)
    {
        if (more.Count == 0) return RecipientSet.FromWords(first, []);
        var rest = new ulong[more.Count];
        more.CopyTo(rest, 0);
        return RecipientSet.FromWords(first, rest);
    }

    /// <summary>Adds the words of a set, except the first word, to a field.</summary>
    public static void AddMoreWords(RepeatedField<ulong> field, RecipientSet set)
    {
        foreach (var word in set.MoreWords) field.Add(word);
    }

    /// <summary>Adds message ids to a field, high and low in turn.</summary>
    public static void AddIds(RepeatedField<ulong> field, IReadOnlyList<MessageId> ids)
    {
        field.Capacity = 2 * ids.Count;
        for (var i = 0; i < ids.Count; i++)
        {
            field.Add(ids[i].High);
            field.Add(ids[i].Low);
        }
    }

    /// <summary>Reads message ids.</summary>
    /// <exception cref="SerializationException">The last id is incomplete.</exception>
    public static MessageId[] ToIds(RepeatedField<ulong> field)
    {
        if (field.Count % 2 != 0) throw new SerializationException($"{field.Count} halves of message ids");
        var ids = new MessageId[field.Count / 2];
        for (var i = 0; i < ids.Length; i++) ids[i] = MessageId.FromHalves(field[2 * i], field[2 * i + 1]);
        return ids;
    }

    /// <summary>Writes a list of attempts.</summary>
    public static Wire.AttemptList ToWire(IReadOnlyList<AttemptId> attempts)
    {
        var wire = new Wire.AttemptList { Messages = { Capacity = 2 * attempts.Count }, Attempts = { Capacity = attempts.Count } };
        for (var i = 0; i < attempts.Count; i++)
        {
            wire.Messages.Add(attempts[i].Message.High);
            wire.Messages.Add(attempts[i].Message.Low);
            wire.Attempts.Add(attempts[i].Attempt);
        }

        return wire;
    }

    /// <summary>Reads a list of attempts; null is an empty list.</summary>
    /// <exception cref="SerializationException">The lists of the message differ in length.</exception>
    public static AttemptId[] FromWire(Wire.AttemptList? wire)
    {
        if (wire is null) return [];
        if (wire.Messages.Count != 2 * wire.Attempts.Count)
        {
            throw new SerializationException($"{wire.Attempts.Count} attempts with {wire.Messages.Count} halves of message ids");
        }

        var attempts = new AttemptId[wire.Attempts.Count];
        for (var i = 0; i < attempts.Length; i++)
        {
            attempts[i] = new AttemptId(MessageId.FromHalves(wire.Messages[2 * i], wire.Messages[2 * i + 1]), wire.Attempts[i]);
        }

        return attempts;
    }

    internal static Wire.Reply ToWire(SmtpReply reply) => new()
    {
        Code = reply.Code,
        Status = reply.Status?.ToNumber() ?? 0,
        Text = reply.Text,
        Stage = EnumMapping.ToWire(reply.Stage),
    };

    internal static SmtpReply FromWire(Wire.Reply wire) => new(wire.Code, EnhancedStatus.FromNumber(wire.Status), wire.Text)
    {
        Stage = EnumMapping.FromWire(wire.Stage),
    };

    internal static Wire.DeliveryTarget ToWire(DeliveryTarget target)
    {
        var wire = new Wire.DeliveryTarget
        {
            Destination = target.Destination.Value,
            Kind = EnumMapping.ToWire(target.Kind),
            Port = target.Port,
        };
        for (var i = 0; i < target.Hosts.Count; i++)
        {
            wire.Hosts.Add(new Wire.TargetHost { Preference = target.Hosts[i].Preference, Name = target.Hosts[i].Name });
        }

        return wire;
    }

    internal static DeliveryTarget FromWire(Wire.DeliveryTarget? wire)
    {
        if (wire is null) throw new SerializationException("no target");
        var hosts = new TargetHost[wire.Hosts.Count];
        for (var i = 0; i < hosts.Length; i++) hosts[i] = new TargetHost(wire.Hosts[i].Preference, wire.Hosts[i].Name);
        return new DeliveryTarget(new DestinationId(wire.Destination), EnumMapping.FromWire(wire.Kind), hosts, wire.Port);
    }
}
