using Postfleet.Contracts.Queueing;
using Postfleet.Contracts.Signing;
using Postfleet.Contracts.Stats;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.QueueActors.Submitting;
using Postfleet.Spool.Common;

namespace Postfleet.QueueActors.HandOff;

/// <summary>
/// The node's <see cref="ISubmission"/>, called by sessions on their threads. A DSN is stored in the transaction of the settlement: its
/// makers use only the first step (<see cref="PartGrouping"/>) and the last step (<see cref="HandOff"/>).
/// </summary>
internal sealed class MessageSubmission(
    IMessageStore store, IHandOff handOff, TimeProvider time, NodeStats? stats = null, IMessageSigner? signer = null,
    ISuppressedParts? suppressed = null) : ISubmission
{
    /// <inheritdoc/>
    public ValueTask WaitForCapacityAsync(CancellationToken cancellationToken) => handOff.WaitForCapacityAsync(cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<StoreResult> SubmitAsync(Submission submission, CancellationToken cancellationToken)
    {
        if (submission.IsOwn && signer is not null)
        {
            var signed = await signer.SignAsync(submission.Content, submission.Stream, cancellationToken);
            if (signed.Fault != SigningFault.None)
            {
                return new StoreResult(
                    signed.Fault == SigningFault.KeyMissing ? StoreStatus.SigningKeyMissing : StoreStatus.Unsignable);
            }

            submission = With(submission, signed.Content);
        }

        var message = PartGrouping.ToMessage(submission, time.GetUtcNow());
        var result = await store.StoreAsync(message, cancellationToken);
        if (result.Status != StoreStatus.Stored) return result;
        if (suppressed is { IsOn: true }) handOff.Offer(await suppressed.EndAsync(message));
        else HandOff(message);
        stats?.Throughput.Accepted.Add(submission.Recipients.Count, time.GetUtcNow());
        return result;
    }

    private static Submission With(Submission submission, MessageContent content) => content == submission.Content ? submission
        : submission with { Content = content, Envelope = submission.Envelope with { Size = content.Length } };

    /// <summary>Hands the parts of a message to their queues. The message must be committed.</summary>
    public void HandOff(NewMessage stored) => handOff.Offer(stored.ToPending());
}
