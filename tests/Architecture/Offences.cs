using System.Net.Sockets;

namespace Postfleet.Architecture.Tests;

/// <summary>Violations of the rules, for the scanner's tests. It is never run.</summary>
internal static class Offences
{
    public static readonly List<Socket?> Sockets = [];

    public static void Sleeps() => Thread.Sleep(1);

    public static void Waits(Task task) => task.Wait();

    public static int TakesTheResult(Task<int> task) => task.Result;

    public static int TakesTheValueTasksResult(ValueTask<int> task) => task.Result;

    public static void GetsTheResult(Task task) => task.GetAwaiter().GetResult();

    public static Func<int> GetsTheResultInALambda(Task<int> task) => () => task.ConfigureAwait(false).GetAwaiter().GetResult();

    public static async Task GetsTheResultBetweenAwaitsAsync(Task<int> task)
    {
        await Task.Yield();
        task.GetAwaiter().GetResult();
        await Task.Yield();
    }

    public static async Task<int> AwaitsAsync(Task<int> task, ValueTask other)
    {
        await other.ConfigureAwait(false);
        await Task.Yield();
        return await task;
    }

    public static ValueTask<int> TakesAResultThatIsThere(ValueTask<int> task) =>
        task.IsCompletedSuccessfully ? new(task.Result + 1) : default;

    public static Func<DateTimeOffset> ReadsTheClockInALambda() => () => DateTimeOffset.UtcNow;

    public static NetworkStream? InASignature(FileInfo? file) =>
        file is null || File.Exists(file.FullName) ? null : throw new IOException();
}
