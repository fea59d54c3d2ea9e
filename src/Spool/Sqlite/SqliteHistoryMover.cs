using System.Globalization;
using System.Threading.Channels;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using Postfleet.Core;
using Postfleet.Spool.Common;
using Postfleet.Spool.History;
using Postfleet.Spool.Storage;
using Postfleet.Storage.Sqlite;
using SQLitePCL;

namespace Postfleet.Spool.Sqlite;

/// <summary>
/// Moves events from the outbox into <c>history.db</c>, a block at a time, and drops old blocks. Runs on a thread of its own, when a
/// block is full and every ten minutes; the file has the number of its last batch, so a crash between the files repeats nothing. A damaged
/// file is set aside and replaced by a new file. <see cref="SqliteHistory"/> owns it.
/// </summary>
internal sealed class SqliteHistoryMover(
    string folder, SqliteOutbox outbox, HistoryBounds bounds, ILogger logger, TimeProvider time) : IAsyncDisposable
{
    /// <summary>Least time between two looks at the age of events.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromMinutes(10);

    /// <summary>How long nothing is moved after an error.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromSeconds(10);

    private readonly string _file = Path.Combine(folder, SqliteHistorySchema.FileName);
    private readonly Channel<bool> _wake = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    private readonly CancellationTokenSource _stop = new();
    private volatile HistoryBounds _bounds = bounds;
    private WriterThread? _thread;
    private ITimer? _timer;
    private Task _running = Task.CompletedTask;

    // The mover's thread alone.
    private SqliteSession? _spool;
    private SqliteHistoryFile? _history;

    /// <summary>Called on the mover's thread after the file was replaced by a new file.</summary>
    public Action Replaced { get; set; } = () => { };

    /// <summary>Opens the file and starts. An unusable file does not prevent the start.</summary>
    /// <exception cref="StartFailureException">A newer version made the file.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        _thread = new WriterThread("history mover");
        await TryAsync(async () =>
        {
            await SqliteHistorySchema.PrepareAsync(_file, cancellationToken);
            await _thread.RunAsync(Open);
        });
        _timer = time.CreateTimer(_ => Wake(), null, TimeSpan.Zero, Interval);
        _running = Task.Run(RunAsync, CancellationToken.None);
    }

    /// <summary>Keeps other bounds from the next move on.</summary>
    public void Use(HistoryBounds next) => _bounds = next;

    /// <summary>Has the mover look for a full block.</summary>
    public void Wake() => _wake.Writer.TryWrite(true);

    /// <summary>Moves the due blocks, and returns when they are moved; for tests.</summary>
    /// <param name="isForced">Whether an incomplete block is moved, too.</param>
    public Task MoveAsync(bool isForced) => _thread!.RunAsync(() => Move(isForced));

    /// <summary>Stops. Events in the outbox stay there.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        if (_timer is not null) await _timer.DisposeAsync();
        await _running;
        _thread?.Dispose();
        Close();
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        try
        {
            while (await _wake.Reader.WaitToReadAsync(_stop.Token))
            {
                _wake.Reader.TryRead(out _);
                if (!await TryMoveAsync()) await Task.Delay(Pause, time, _stop.Token);
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // The end.
        }
    }

    private async Task<bool> TryMoveAsync()
    {
        try
        {
            return await TryAsync(() => _thread!.RunAsync(() => Move(isForced: false)));
        }
#pragma warning disable CA1031 // The next move may succeed; without the loop, the outbox would fill.
        catch (Exception e) when (!_stop.IsCancellationRequested)
#pragma warning restore CA1031
        {
            SpoolLog.HistoryFails(logger, e, "events wait in the spool");
            return false;
        }
    }

    private async Task<bool> TryAsync(Func<Task> action, bool mayReplace = true)
    {
        try
        {
            await action();
            return true;
        }
        catch (SqliteException e) when (mayReplace && e.SqliteErrorCode is (raw.SQLITE_CORRUPT or raw.SQLITE_NOTADB))
        {
            // Once: if the spool itself is damaged, a new file is no help.
            return await TryAsync(() => ReplaceAsync(e), mayReplace: false);
        }
#pragma warning disable CA1031 // A history that fails stops no mail: the events wait in the outbox, which is bounded.
        catch (Exception e) when (e is not StartFailureException)
#pragma warning restore CA1031
        {
            SpoolLog.HistoryFails(logger, e, "events wait in the spool");
            await _thread!.RunAsync(Close);
            return false;
        }
    }

    private async Task ReplaceAsync(SqliteException cause)
    {
        await _thread!.RunAsync(Close);
        var aside = $"{_file}.broken-{time.GetUtcNow().ToString("yyyyMMdd'T'HHmmss", CultureInfo.InvariantCulture)}";
        SpoolLog.HistoryFails(logger, cause, $"the file is set aside as {aside}, and a new one is begun");
        File.Move(_file, aside, overwrite: true);
        foreach (var suffix in (string[])["-wal", "-shm"]) File.Delete(_file + suffix);
        await SqliteHistorySchema.PrepareAsync(_file, _stop.Token);
        await _thread.RunAsync(Open);
        Replaced();
    }

    private void Open()
    {
        _history ??= new SqliteHistoryFile(_file);
        _spool ??= SqliteSession.Open(Path.Combine(folder, "spool.db"), SqliteOpenMode.ReadWrite, SqliteSchema.Reader);
        outbox.Moved(_history.Moved, Sum(_spool, _history.Moved));
    }

    private void Close()
    {
        _history?.Dispose();
        _spool?.Dispose();
        (_history, _spool) = (null, null);
    }

    private void Move(bool isForced)
    {
        if (_history is null) Open();
        var oldest = time.GetUtcNow() - _bounds.Retention;
        while (ReadBlock(isForced, StoredTime.ToMicroseconds(oldest)) is { } block)
        {
            _history!.Append(block);
            outbox.Moved(block.Last, block.Bytes);
        }

        _history!.DropOld(StoredTime.ToMicroseconds(oldest), _bounds.MaxBytes);
    }

    // A block is moved when it is full, or when its oldest event is too old for history.
    private HistoryBlock? ReadBlock(bool isForced, long oldest)
    {
        var block = new HistoryBlock();
        var select = _spool!.Prepare("SELECT number, entries FROM history_outbox WHERE number > ?1 ORDER BY number")
            .Bind(1, _history!.Moved);
        try
        {
            while (block.Bytes < SqliteOutbox.BlockBytes && select.Step()) block.Add(select.GetInt64(0), select.GetBlob(1).ToArray());
        }
        finally
        {
            select.Reset();
        }

        return block.Bytes >= SqliteOutbox.BlockBytes || (block.Last > 0 && (isForced || block.MinAt < oldest)) ? block : null;
    }

    private static long Sum(SqliteSession spool, long moved)
    {
        var select = spool.Prepare("SELECT sum(length(entries)) FROM history_outbox WHERE number <= ?1").Bind(1, moved);
        var sum = select.Step() ? select.GetInt64(0) : 0;
        select.Reset();
        return sum;
    }
}
