using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Postfleet.Authentication.Dmarc;
using Postfleet.Authentication.Dmarc.Reports;
using Postfleet.Core.Concurrency;
using Postfleet.Operations.Common;
using Postfleet.Operations.Options;
using Postfleet.Spool.Common;

namespace Postfleet.Operations.Reports;

/// <summary>
/// Counts the inbound messages of this node for aggregate reports of DMARC, and adds the counts to the storage once a minute. Sessions call
/// it on their threads. As a hosted service it adds the last counts when the node stops; a node that dies loses those of a minute. Without
/// reports it has no timer. Thread-safe.
/// </summary>
/// <param name="options">Section <c>DmarcReports</c>.</param>
/// <param name="store">The counts of all nodes.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">The log.</param>
internal sealed class DmarcCounts(Current<DmarcReportOptions> options, IReportCountStore store, TimeProvider time, ILogger logger)
    : IDmarcCounts, IHostedService, IDisposable
{
    /// <summary>The time between two additions to the storage.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan StopTime = TimeSpan.FromSeconds(3);

    private readonly Lock _lock = new();
    private readonly CountTable _table = new();
    private ITimer? _timer;
    private Task _running = Task.CompletedTask;
    private bool _isStopped;
    private bool _isFailing;

    /// <inheritdoc/>
    public bool IsOn => options.Value.From is not null;

    /// <inheritdoc/>
    public void Add(string policyDomain, DmarcRecord record, DmarcReportRow row)
    {
        if (!IsOn) return;
        var data = DmarcRowCodec.Write(record, row);
        var key = new ReportCountKey(DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime), policyDomain);
        lock (_lock)
        {
            if (_isStopped) return;
            if (data is null) _table.LeaveOut(row.Count);
            else _table.Add(key, data, row.Count);
            _timer ??= time.CreateTimer(_ => Begin(), null, Interval, Interval);
        }
    }

    /// <summary>The present or last addition to the storage, for tests.</summary>
    internal Task Running
    {
        get
        {
            lock (_lock) return _running;
        }
    }

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        Task running;
        lock (_lock)
        {
            _isStopped = true;
            running = _running;
        }

        await LastAsync(running).WaitAsync(StopTime, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Dispose();
    }

    /// <inheritdoc/>
    public void Dispose() => _timer?.Dispose();

    private async Task LastAsync(Task running)
    {
        await running;
        await FlushAsync();
    }

    // One run at a time: a slow storage is not asked twice.
    private void Begin()
    {
        lock (_lock)
            if (_running.IsCompleted && !_isStopped) _running = Task.Run(FlushAsync);
    }

    private async Task FlushAsync()
    {
        while (true)
        {
            IReadOnlyList<ReportCount> rows;
            long leftOut;
            lock (_lock)
            {
                rows = _table.Take(IReportCountStore.MaxBatch);
                leftOut = _table.TakeLeftOut();
            }

            if (leftOut > 0) logger.DmarcCountsLeftOut(leftOut);
            if (rows.Count == 0) return;
            try
            {
                await store.AddAsync(ReportCountKind.Dmarc, rows, CancellationToken.None);
                _isFailing = false;
            }
            catch (SpoolUnavailableException e)
            {
                lock (_lock) _table.PutBack(rows);
                if (!_isFailing) logger.DmarcCountsWait(e.Message);
                _isFailing = true;
                return;
            }
#pragma warning disable CA1031 // A fault over these rows must not end the counting; they are lost, and the log says so.
            catch (Exception e)
#pragma warning restore CA1031
            {
                logger.DmarcCountsLost(e, rows.Count);
            }
        }
    }
}
