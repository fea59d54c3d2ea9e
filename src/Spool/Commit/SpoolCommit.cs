using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Postfleet.Core.Queueing;
using Postfleet.Spool.Common;
using Postfleet.Storage;
using Postfleet.Storage.Commit;

namespace Postfleet.Spool.Commit;

/// <summary>
/// The group commit of the spool: writes on the same message keep their order, the octets of waiting writes are bounded, and failures are
/// logged and counted. <see cref="GroupCommitSpool"/> owns it and calls it on the threads of its callers.
/// </summary>
internal sealed class SpoolCommit : GroupCommit<WriteOperation>
{
    private readonly IStorage _storage;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly FailureLog _failures;
    private readonly ByteBudget _budget;

    public SpoolCommit(IStorage storage, GroupCommitLimits limits, ILogger logger, TimeProvider time)
        : base(storage.Lanes, limits)
    {
        (_storage, _logger, _time) = (storage, logger, time);
        _failures = new FailureLog(logger, time);
        _budget = new ByteBudget(limits.QueuedBytes);
    }

    /// <summary>Queues an operation and waits for its outcome.</summary>
    /// <exception cref="SpoolUnavailableException">The spool was stopped, or the write failed and the operation has no result for a
    /// failure.</exception>
    public async ValueTask<TResult> RunAsync<TResult>(WriteOperation<TResult> operation, CancellationToken cancellationToken)
    {
        await _budget.AcquireAsync(operation.Weight, cancellationToken);
        try
        {
            // By message: operations on the same message run in the order of the calls.
            await AddAsync((uint)operation.Message.Low, operation, cancellationToken);
            SpoolMetrics.Queued(1);
        }
        catch (Exception e)
        {
            _budget.Release(operation.Weight);
            if (e is ChannelClosedException) throw new SpoolUnavailableException("the spool is stopped", e);
            throw;
        }

        return await operation.WaitAsync(cancellationToken);
    }

    protected override async Task CommitAsync(IReadOnlyList<WriteOperation> operations)
    {
        var start = _time.GetTimestamp();
        await _storage.CommitAsync(operations);
        SpoolMetrics.Commits.Committed(operations.Count, _time.GetElapsedTime(start));
    }

    protected override long Epoch => _storage.Epoch;

    protected override FailureKind Judge(Exception exception) => _storage.Judge(exception);

    protected override IBatchRule<WriteOperation> NewRule() => new OneReportEach();

    protected override void Dequeued(WriteOperation operation) => SpoolMetrics.Queued(-1);

    protected override void Released(WriteOperation operation) => _budget.Release(operation.Weight);

    protected override void Committed(int operations) => _failures.Succeeded();

    protected override void Failed(WriteFailure failure, int operations)
    {
        _failures.Failed(failure, operations);
        SpoolMetrics.Failed(failure.Kind, operations);
    }

    protected override void Faulted(Exception cause) => SpoolLog.WriterFault(_logger, cause);

    // Engines settle in bulk, and two reports or records on one part depend on their order: the second waits for the next batch. The same
    // holds for two completions of the same notes: the second operation must find no notes.
    private sealed class OneReportEach : IBatchRule<WriteOperation>
    {
        private readonly HashSet<PartId> _settled = [];
        private readonly HashSet<MessageId> _reported = [];
        private readonly HashSet<PartId> _recorded = [];

        public bool MayJoin(WriteOperation operation) => operation switch
        {
            SettleOperation settle => _settled.Add(settle.Part),
            ReportOperation report => _reported.Add(report.Message),
            RecordOperation record => _recorded.Add(record.Part),
            _ => true,
        };

        public void Clear()
        {
            _settled.Clear();
            _reported.Clear();
            _recorded.Clear();
        }
    }
}
