using Postfleet.Contracts.Messages;
using Postfleet.Contracts.Stats;

namespace Postfleet.Contracts.Serialization;

/// <summary>The formats of the messages between modules. Every actor system has them.</summary>
internal static class MessageFormats
{
    // To change a format: keep its line for reading, and add a line with a new manifest below it; the last format is written.
    public static IReadOnlyList<Codec> All { get; } =
    [
        new Codec<CreditGranted, Wire.CreditGranted>(
            "crg1", QueueMessageMapping.ToWire, Wire.CreditGranted.Parser, QueueMessageMapping.FromWire),
        new Codec<SiteUnavailable, Wire.SiteUnavailable>(
            "sun1", QueueMessageMapping.ToWire, Wire.SiteUnavailable.Parser, QueueMessageMapping.FromWire),
        new Codec<ApplyAction, Wire.ApplyAction>(
            "act1", QueueMessageMapping.ToWire, Wire.ApplyAction.Parser, QueueMessageMapping.FromWire),
        new Codec<ActionProgress, Wire.ActionProgress>(
            "apr1", QueueMessageMapping.ToWire, Wire.ActionProgress.Parser, QueueMessageMapping.FromWire),
        new Codec<WithdrawAction, Wire.WithdrawAction>(
            "wac1", QueueMessageMapping.ToWire, Wire.WithdrawAction.Parser, QueueMessageMapping.FromWire),
        new Codec<SuspensionChanged, Wire.SuspensionChanged>(
            "sch1", QueueMessageMapping.ToWire, Wire.SuspensionChanged.Parser, QueueMessageMapping.FromWire),
        new Codec<Outcomes, Wire.Outcomes>("out1", OutcomeMapping.ToWire, Wire.Outcomes.Parser, OutcomeMapping.FromWire),
        new Codec<RequestCredit, Wire.RequestCredit>(
            "rqc1", DestinationMessageMapping.ToWire, Wire.RequestCredit.Parser, DestinationMessageMapping.FromWire),
        new Codec<Deliver, Wire.Deliver>(
            "dlv1", DestinationMessageMapping.ToWire, Wire.Deliver.Parser, DestinationMessageMapping.FromWire),
        new Codec<ReturnJobs, Wire.ReturnJobs>(
            "rtj1", DestinationMessageMapping.ToWire, Wire.ReturnJobs.Parser, DestinationMessageMapping.FromWire),
        new Codec<OutcomesAcknowledged, Wire.OutcomesAcknowledged>(
            "oak1", DestinationMessageMapping.ToWire, Wire.OutcomesAcknowledged.Parser, DestinationMessageMapping.FromWire),
        new Codec<DescribeQueue, Wire.DescribeQueue>(
            "dsq1", QueueDescriptionMapping.ToWire, Wire.DescribeQueue.Parser, QueueDescriptionMapping.FromWire),
        new Codec<QueueDescription, Wire.QueueDescription>(
            "qds1", QueueDescriptionMapping.ToWire, Wire.QueueDescription.Parser, QueueDescriptionMapping.FromWire),
        new Codec<DescribeDestination, Wire.DescribeDestination>(
            "dsd1", DestinationDescriptionMapping.ToWire, Wire.DescribeDestination.Parser, DestinationDescriptionMapping.FromWire),
        new Codec<DestinationDescription, Wire.DestinationDescription>(
            "dds1", DestinationDescriptionMapping.ToWire, Wire.DestinationDescription.Parser, DestinationDescriptionMapping.FromWire),
    ];
}
