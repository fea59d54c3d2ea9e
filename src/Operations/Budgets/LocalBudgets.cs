using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Postfleet.Contracts.Budgets;
using Postfleet.Core.Budgets;
using Postfleet.Operations.Common;
using Postfleet.Spool.Common;

namespace Postfleet.Operations.Budgets;

/// <summary>
/// The limits of the cluster on this node: carries the questions of <see cref="BudgetShares"/> to the storage. One batch is on its way at a
/// time, and questions that come meanwhile share the next one. Without limited users it has no timer and asks nothing. One object has the
/// limits of users, and another those of strangers (<see cref="IInboundBudgets"/>). As a hosted service it returns unused units when the
/// node stops, before the storage closes. Thread-safe.
/// </summary>
internal sealed class LocalBudgets(IBudgetStore store, TimeProvider time, ILogger logger) : IInboundBudgets, IHostedService, IDisposable
{
    /// <summary>The pause between two looks at unused units.</summary>
    public static readonly TimeSpan TidyEvery = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan StopTime = TimeSpan.FromSeconds(3);

    private readonly long _start = time.GetTimestamp();
    private readonly Lock _lock = new();
    private readonly BudgetShares _shares = new();
    private readonly BudgetQuestions _questions = new();
    private Task _running = Task.CompletedTask;
    private bool _isRunning;
    private bool _isStopped;
    private ITimer? _timer;

    /// <inheritdoc/>
    public TimeSpan Elapsed => time.GetElapsedTime(_start);

    /// <inheritdoc/>
    public BudgetAnswer? TryTake(BudgetLimit limit, object version)
    {
        lock (_lock) return _shares.TryTake(limit, version, Elapsed);
    }

    /// <inheritdoc/>
    public async ValueTask<BudgetAnswer> TakeAsync(
        BudgetLimit limit, object version, long ahead, CancellationToken cancellationToken)
    {
        BudgetWaiter waiter;
        lock (_lock)
        {
            if (_shares.TryTake(limit, version, Elapsed) is { } answer) return answer;
            waiter = new BudgetWaiter(version, ahead);
            _questions.Add(limit, waiter);
            Work();
        }

        // Cancels the waiter itself: a unit for it goes to another one.
        await using (cancellationToken.Register(() => waiter.TrySetCanceled(cancellationToken))) return await waiter.Task;
    }

    /// <inheritdoc/>
    public BudgetAnswer? TryMeet(in BudgetContact contact, object version)
    {
        lock (_lock) return _shares.TryMeet(contact, version, Elapsed);
    }

    /// <inheritdoc/>
    public async ValueTask<BudgetAnswer> MeetAsync(
        BudgetContact contact, IReadOnlyList<BudgetContact> ahead, object version, CancellationToken cancellationToken)
    {
        BudgetWaiter waiter;
        lock (_lock)
        {
            waiter = new BudgetWaiter(version, 1);
            _questions.Add(contact, waiter);
            _questions.AddAhead(ahead, _shares, version, Elapsed);
            Work();
        }

        await using (cancellationToken.Register(() => waiter.TrySetCanceled(cancellationToken))) return await waiter.Task;
    }

    /// <inheritdoc/>
    public void Return(in BudgetReturn units)
    {
        lock (_lock)
        {
            _shares.Return(units, Elapsed);
            if (_shares.HasReturns) Work();
        }
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyDictionary<string, long>> ReadUsedAsync(
        IReadOnlyList<string> names, CancellationToken cancellationToken) =>
        RunAsync(() => store.ReadUsedAsync(names, cancellationToken));

    /// <inheritdoc/>
    public async ValueTask ResetAsync(IReadOnlyList<string> names, CancellationToken cancellationToken) => await RunAsync(async () =>
    {
        await store.ResetAsync(names, cancellationToken);
        return true;
    });

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        Task running;
        lock (_lock)
        {
            _isStopped = true;
            _shares.Tidy(Elapsed, isLast: true);
            Work();
            running = _running;
        }

        // Units that the storage does not take in time are lost.
        await running.WaitAsync(StopTime, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Dispose();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_lock)
        {
            _timer?.Dispose();
            _timer = null;
        }
    }

    /// <summary>Gives up what nobody has used for some time.</summary>
    internal void Tidy()
    {
        lock (_lock)
        {
            _shares.Tidy(Elapsed, isLast: false);
            Work();
            if (!_shares.IsEmpty || _isRunning) return;
            _timer?.Dispose();
            _timer = null;
        }
    }

    /// <summary>The work that is under way, for tests.</summary>
    internal Task Running
    {
        get
        {
            lock (_lock) return _running;
        }
    }

    private static async ValueTask<T> RunAsync<T>(Func<ValueTask<T>> query)
    {
        try
        {
            return await query();
        }
        catch (SpoolUnavailableException e)
        {
            throw new BudgetsUnavailableException(e.Message, e);
        }
    }

    // Called under the lock.
    private void Work()
    {
        if (_timer is null && !_isStopped) _timer = time.CreateTimer(_ => Tidy(), null, TidyEvery, TidyEvery);
        if (_isRunning || (_questions.IsEmpty && !_shares.HasReturns)) return;
        _isRunning = true;
        _running = Task.Run(WorkAsync);
    }

    private async Task WorkAsync()
    {
        while (Next() is { } batch)
        {
            try
            {
                var answers = await store.RunAsync(batch.Work, CancellationToken.None);
                lock (_lock) foreach (var (limit, waiter) in batch.Answer(_shares, answers, Elapsed)) _questions.Add(limit, waiter);
            }
#pragma warning disable CA1031 // The callers get the exception; the next batch has other questions.
            catch (Exception e)
#pragma warning restore CA1031
            {
                // Units that the storage may have granted are lost, and units that it may have taken back are not returned again.
                var failure = e as BudgetsUnavailableException ?? new BudgetsUnavailableException(e.Message, e);
                if (e is not SpoolUnavailableException && !failure.IsFull) logger.BudgetFault(e);
                lock (_lock) batch.Fail(failure);
            }
        }
    }

    private BudgetWork? Next()
    {
        lock (_lock)
        {
            var now = Elapsed;
            var returns = _shares.TakeReturns(IBudgetStore.MaxBatch);
            var work = _questions.Take(_shares, returns, IBudgetStore.MaxBatch, now);
            if (work is null) _isRunning = false;
            return work;
        }
    }
}
