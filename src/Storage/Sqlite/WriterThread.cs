using System.Collections.Concurrent;

namespace Postfleet.Storage.Sqlite;

/// <summary>
/// SQLite's calls block while the disk flushes. On the thread pool they would keep one of its few threads from everybody else's work,
/// so the writer has a thread of its own.
/// </summary>
public sealed class WriterThread : IDisposable
{
    private readonly BlockingCollection<Action> _work = [];
    private readonly Thread _thread;

    /// <summary>Starts the thread.</summary>
    /// <param name="name">Its name, for debuggers.</param>
    public WriterThread(string name)
    {
        _thread = new Thread(Run) { IsBackground = true, Name = name };
        _thread.Start();
    }

    /// <summary>Runs an action on the thread, after those before it.</summary>
    public Task RunAsync(Action action)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _work.Add(() =>
        {
            try
            {
                action();
                done.SetResult();
            }
#pragma warning disable CA1031 // It goes to whoever waits.
            catch (Exception e)
#pragma warning restore CA1031
            {
                done.SetException(e);
            }
        });
        return done.Task;
    }

    /// <summary>Finishes what is queued and ends the thread.</summary>
    public void Dispose()
    {
        _work.CompleteAdding();
        _thread.Join();
        _work.Dispose();
    }

    private void Run()
    {
        foreach (var action in _work.GetConsumingEnumerable()) action();
    }
}
