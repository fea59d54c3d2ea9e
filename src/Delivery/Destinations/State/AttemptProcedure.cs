using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;

namespace Postfleet.Delivery.Destinations.State;

/// <summary>
/// The order in which one attempt at one part proceeds: the conditions before it begins, the reading of the part, the transaction at the
/// first host, and the conditions for another host; and the outcome of each way to end. <see cref="ConnectionLoop"/> and
/// the simulation drive it, job by job. No I/O, no clock, no actor.
/// </summary>
/// <remarks>
/// <code>
/// Begin --> AwaitRecovery --> AwaitQueueNodes --guard open--> ReadPart --part there--> Send --put off--> ChangeHost --> Send ... --> End
///                                     |                          |                      |
///                                     +--guard closed--> NotAttempted                   +--stale--> no outcome: another connection
///                                                                +--part gone--> PartGone
/// </code>
/// The guard of the final dot is open while the destination has time, the process has not stalled since the job came, and enough queue
/// nodes can be reached, or could be reached a moment ago.
/// </remarks>
internal sealed class AttemptProcedure(int hosts)
{
    /// <summary>
    /// How long another host may take up to its final dot where the first host has accepted the message for some recipients. The queue
    /// learns of the acceptance only when the attempt ends. If this node dies before, these recipients get the message twice.
    /// </summary>
    public static readonly TimeSpan MaxUnreported = TimeSpan.FromMinutes(1);

    private Job _job = null!;
    private HandOver? _handOver;
    private AttemptDetails? _details;
    private int _transactions;
    private bool _isSending;

    /// <summary>The next action of the driver.</summary>
    public AttemptStep Step { get; private set; } = AttemptStep.End;

    /// <summary>The recipients to be offered to the present or the next host.</summary>
    public RecipientSet Open => _handOver?.Open ?? _job.Open;

    /// <summary>Whether no host has answered for all recipients yet: until then a fault is a fault of the whole attempt.</summary>
    public bool IsAtFirstHost => _handOver is null;

    /// <summary>
    /// The time for further hosts, up to the final dot, from the first <see cref="AttemptStep.ChangeHost"/> on; null for no limit.
    /// </summary>
    public TimeSpan? TimeLimit { get; private set; }

    /// <summary>The number of transactions begun; null when unknown.</summary>
    public int? Transactions => _isSending ? null : _transactions;

    /// <summary>How the attempt has ended; null when nothing was tried and the job has to go on another connection.</summary>
    public JobOutcome? Outcome { get; private set; }

    /// <summary>Begins with a job.</summary>
    /// <param name="job">The job.</param>
    /// <param name="isSteady">Whether the process has not stalled since the job came. A job from before a stall is returned without
    /// waiting for the recovery.</param>
    public void Begin(Job job, bool isSteady)
    {
        (_job, _handOver, _details, _transactions, _isSending, TimeLimit, Outcome) = (job, null, null, 0, false, null, null);
        Step = isSteady ? AttemptStep.AwaitRecovery : AttemptStep.AwaitQueueNodes;
    }

    /// <summary>The last stall is long enough ago.</summary>
    public void Recovered() => Step = AttemptStep.AwaitQueueNodes;

    /// <summary>Enough queue nodes can be reached.</summary>
    /// <param name="isGuardOpen">Whether the guard is open after all waiting.</param>
    public void QueueNodesReached(bool isGuardOpen)
    {
        if (isGuardOpen) Step = AttemptStep.ReadPart;
        else End(AttemptResult.NotAttempted);
    }

    /// <summary>The spool has answered.</summary>
    /// <param name="isThere">Whether the part is there; a missing part was settled.</param>
    /// <param name="refusal">Why no attempt at the part may begin; null if it may.</param>
    /// <param name="suppressed">Outcomes of recipients that get no mail: the attempt ends with them, and the next has the others.</param>
    public void PartRead(bool isThere, SmtpReply? refusal = null, IReadOnlyList<RecipientOutcome>? suppressed = null)
    {
        if (isThere && refusal is not null)
            End(AttemptResult.Attempted, [new RecipientOutcome(_job.Open, Disposition.Failed, refusal, "")]);
        else if (isThere && suppressed is { Count: > 0 }) End(AttemptResult.Attempted, suppressed);
        else if (isThere) BeginSending();
        else End(AttemptResult.PartGone);
    }

    /// <summary>The part cannot be read now.</summary>
    /// <param name="reply">The reply for the deferral of its recipients.</param>
    public void SpoolFailed(SmtpReply reply) =>
        End(AttemptResult.Attempted, [new RecipientOutcome(_job.Open, Disposition.Deferred, reply, "")]);

    /// <summary>The connection was dead before the host replied to this message.</summary>
    public void ConnectionStale()
    {
        if (_handOver is not null) Aborted(0);
        else (Step, _isSending) = (AttemptStep.End, false);
    }

    /// <summary>The guard was closed before the final dot: the host does not have the message.</summary>
    /// <param name="transactions">The number of transactions begun at this host.</param>
    public void Aborted(int transactions)
    {
        Count(transactions);
        EndWith(AttemptResult.NotAttempted);
    }

    /// <summary>The host has answered for all recipients offered to it.</summary>
    /// <param name="outcomes">The outcomes.</param>
    /// <param name="transactions">The number of transactions begun at this host.</param>
    /// <param name="mayBegin">Whether an attempt at another host may begin: the guard is open, and enough queue nodes can be reached now.
    /// The attempt does not wait for it, since the outcomes so far can be reported.</param>
    /// <param name="details">How the host was reached, with the duration of the attempt so far.</param>
    public void Sent(IReadOnlyList<RecipientOutcome> outcomes, int transactions, bool mayBegin, AttemptDetails details)
    {
        Count(transactions);
        _details = _details?.ContinuedAt(details) ?? details;
        if (_handOver is { } handOver)
        {
            handOver.Add(outcomes, transactions);
        }
        else if (hosts > 1 && !HandOver.PutOff(outcomes).IsEmpty)
        {
            _handOver = new HandOver(outcomes);
            TimeLimit = _handOver.HasDelivered ? MaxUnreported : null;
        }
        else
        {
            End(AttemptResult.Attempted, outcomes);
            return;
        }

        if (mayBegin && !_handOver.Open.IsEmpty) Step = AttemptStep.ChangeHost;
        else EndWith(AttemptResult.Attempted);
    }

    /// <summary>Another host was looked for.</summary>
    /// <param name="isConnected">Whether a connection to it is open.</param>
    /// <param name="isGuardOpen">Whether the guard is open after the time taken by connecting.</param>
    public void HostChanged(bool isConnected, bool isGuardOpen)
    {
        if (isConnected && isGuardOpen) BeginSending();
        else EndWith(AttemptResult.Attempted);
    }

    /// <summary>The time of the destination, or <see cref="TimeLimit"/>, was over before the final dot.</summary>
    public void Stopped() => EndWith(AttemptResult.NotAttempted);

    /// <summary>A step has failed by a fault of this program.</summary>
    public void Crashed() => EndWith(AttemptResult.Crashed);

    private void BeginSending() => (Step, _isSending) = (AttemptStep.Send, true);

    private void Count(int transactions)
    {
        _transactions += transactions;
        _isSending = false;
    }

    // A failed attempt at another host does not discard the outcomes of the first host.
    private void EndWith(AttemptResult result)
    {
        if (_handOver is { } handOver) End(AttemptResult.Attempted, handOver.Outcomes);
        else End(result);
    }

    private void End(AttemptResult result, IReadOnlyList<RecipientOutcome>? recipients = null)
    {
        Outcome = new JobOutcome(_job.Part.Message, _job.Attempt, result, recipients ?? []) { Details = _details };
        Step = AttemptStep.End;
    }
}
