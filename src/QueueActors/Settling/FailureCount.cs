using Postfleet.Contracts.Suppression;
using Postfleet.Core.Classification;
using Postfleet.Core.Queueing;
using Postfleet.QueueActors.Events;
using Postfleet.Spool.Common;

namespace Postfleet.QueueActors.Settling;

/// <summary>
/// Counts the failures of a report towards entries of the suppression list, by the classes of their replies. <see cref="Settler"/> calls it
/// before each settlement, also before a repeated one: the list counts the failures of a message once.
/// </summary>
/// <param name="suppression">The list.</param>
/// <param name="classifier">Finds the class of a failure.</param>
internal sealed class FailureCount(ISuppression suppression, BounceClassifier classifier)
{
    /// <summary>Whether the list is applied.</summary>
    public bool IsOn => suppression.IsOn;

    /// <summary>
    /// Counts the failed recipients that a host has refused; durable when the method returns. Mail that this site receives for others is
    /// not counted, since its senders are strangers.
    /// </summary>
    /// <exception cref="SuppressionUnavailableException">The storage cannot be used; the report is tried again.</exception>
    public async ValueTask AddAsync(SpooledPart spooled, SettlementRequest report, CancellationToken cancellationToken)
    {
        if (report.Cause != ReportCause.Attempt || spooled.Message.IsFromUntrustedClient) return;
        List<CountedFailure> failures = [];
        foreach (var failure in report.Reported)
        {
            if (failure.Disposition != Disposition.Failed || classifier.Classify(failure.Reply, failure.RemoteHost) is not { } found
                || !suppression.IsCounted(found))
            {
                continue;
            }

            failures.AddRange(failure.Recipients.Indexes().Where(index => index < spooled.Part.Recipients.Count)
                .Select(index => new CountedFailure(spooled.Part.Recipients[index], found)));
        }

        if (failures.Count == 0) return;
        var mail = new SuppressedMail(spooled.Id.Queue.Stream, spooled.Message.Acceptance.User);
        await suppression.CountAsync(mail, spooled.Id.Message, failures, cancellationToken);
    }
}
