using Postfleet.Contracts.Messages;
using Postfleet.Core.Queueing;

namespace Postfleet.Contracts.Serialization;

/// <summary>The messages to destinations.</summary>
internal static class DestinationMessageMapping
{
    public static Wire.RequestCredit ToWire(RequestCredit message) => new()
    {
        Target = ValueMapping.ToWire(message.Target),
        Queue = message.Queue.Value,
        Jobs = message.Jobs,
        EndsPause = message.EndsPause,
    };

    public static RequestCredit FromWire(Wire.RequestCredit wire) =>
        new(ValueMapping.FromWire(wire.Target), QueueKey.FromTrusted(wire.Queue), wire.Jobs) { EndsPause = wire.EndsPause };

    public static Wire.Deliver ToWire(Deliver message)
    {
        var wire = new Wire.Deliver
        {
            Target = ValueMapping.ToWire(message.Target),
            Queue = message.Queue.Value,
            Jobs = { Capacity = message.Jobs.Count },
            Incarnation = message.Incarnation,
        };
        for (var i = 0; i < message.Jobs.Count; i++)
        {
            var job = message.Jobs[i];
            var item = new Wire.DeliveryJob
            {
                MessageHigh = job.Message.High,
                MessageLow = job.Message.Low,
                Attempt = job.Attempt,
                Open = job.Open.FirstWord,
            };
            ValueMapping.AddMoreWords(item.MoreOpen, job.Open);
            wire.Jobs.Add(item);
        }

        return wire;
    }

    public static Deliver FromWire(Wire.Deliver wire)
    {
        var jobs = new DeliveryJob[wire.Jobs.Count];
        for (var i = 0; i < jobs.Length; i++)
        {
            var job = wire.Jobs[i];
            jobs[i] = new DeliveryJob(
                MessageId.FromHalves(job.MessageHigh, job.MessageLow),
                job.Attempt,
                ValueMapping.ToSet(job.Open, job.MoreOpen));
        }

        return new Deliver(ValueMapping.FromWire(wire.Target), QueueKey.FromTrusted(wire.Queue), jobs) { Incarnation = wire.Incarnation };
    }

    public static Wire.ReturnJobs ToWire(ReturnJobs message)
    {
        var wire = new Wire.ReturnJobs { Destination = message.Destination.Value, Queue = message.Queue.Value };
        ValueMapping.AddIds(wire.Messages, message.Messages);
        return wire;
    }

    public static ReturnJobs FromWire(Wire.ReturnJobs wire) =>
        new(new DestinationId(wire.Destination), QueueKey.FromTrusted(wire.Queue), ValueMapping.ToIds(wire.Messages));

    public static Wire.OutcomesAcknowledged ToWire(OutcomesAcknowledged message) => new()
    {
        Destination = message.Destination.Value,
        Queue = message.Queue.Value,
        Attempts = ValueMapping.ToWire(message.Attempts),
    };

    public static OutcomesAcknowledged FromWire(Wire.OutcomesAcknowledged wire) =>
        new(new DestinationId(wire.Destination), QueueKey.FromTrusted(wire.Queue), ValueMapping.FromWire(wire.Attempts));
}
