using Postfleet.Contracts.Messages;
using Postfleet.Core.Queueing;
using static Postfleet.Testing.Formats.SampleValues;

namespace Postfleet.Contracts.Tests;

/// <summary>
/// The fixed records behind the golden bytes. Never change a released one: add a new sample, with a file of its own, for a new field.
/// </summary>
internal static class Samples
{
    /// <summary>By the name of the golden file, which begins with the manifest.</summary>
    public static readonly IReadOnlyDictionary<string, IProtocolMessage> All = new Dictionary<string, IProtocolMessage>
    {
        ["crg1"] = new CreditGranted(Queue, Site, 20),
        ["act1"] = new ApplyAction(Queue, 17, MessageAction.Bounce, At, [First, Second], "wrong campaign"),
        ["apr1"] = new ActionProgress(Queue, 17, 1500, true),
        ["sch1"] = new SuspensionChanged(Queue),
        ["sun1"] = new SiteUnavailable(Queue, Site, TimeSpan.FromMinutes(1), Full),
        ["out1"] = new Outcomes(Queue, Site, [new(First, 1, AttemptResult.Attempted, Fates), new(Second, 2, AttemptResult.PartGone, [])]),
        ["out1-success"] = new Outcomes(Queue, Site, [new(First, 1, AttemptResult.Attempted, Successes)]),
        ["out1-stage"] = new Outcomes(Queue, Site, [new(First, 1, AttemptResult.Attempted, AtStages)]),
        ["out1-details"] = new Outcomes(
            Queue, Site,
            [
                new(First, 1, AttemptResult.Attempted, Fates) { Details = Details },
                new(Second, 2, AttemptResult.Attempted, Successes) { Details = Core.Queueing.AttemptDetails.Local },
            ]),
        ["rqc1"] = new RequestCredit(Target, Queue, 1_000),
        ["dlv1"] = new Deliver(Target, Queue, [new(First, 1, Many), new(Second, 2, RecipientSet.All(1))]),
        ["oak1"] = new OutcomesAcknowledged(Site, Queue, [new(First, 1), new(Second, 2)]),
    };
}
