using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Postfleet.Admin.Http;

/// <summary>
/// Bounds the time that a request waits for the storage. A database that is frozen, or whose packets vanish, is noticed by its driver only
/// after 15 to 25 s; a client of the API gets its answer before. Requests call it on their threads.
/// </summary>
internal static class StorageTime
{
    /// <summary>The longest wait. A healthy database answers in milliseconds, and a search reads for two seconds at most.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(8);

    /// <summary>Runs a call of the storage, or several. Its token is cancelled at the end of the time, and it may end later.</summary>
    /// <exception cref="ProblemException">The storage has not answered in time. A change may have been made, or be made yet.</exception>
    public static async Task<T> RunAsync<T>(HttpContext http, Func<CancellationToken, ValueTask<T>> call)
    {
        var stop = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted);
        var answer = call(stop.Token).AsTask();
        try
        {
            var time = http.RequestServices.GetRequiredService<TimeProvider>();
            return await answer.WaitAsync(Limit, time, http.RequestAborted);
        }
        catch (TimeoutException) when (!answer.IsCompleted)
        {
            // Beside the answer: a cancellation of the driver connects to the server, and blocks its caller for seconds if it is frozen.
            _ = stop.CancelAsync();
            throw new ProblemException(
                ProblemKind.StorageUnavailable, $"the storage has not answered within {Limit.TotalSeconds:0} s; try again later");
        }
        finally
        {
            // Nobody waits for the end of a call that is too late, nor reads its fault.
            _ = answer.ContinueWith(
                ended =>
                {
                    _ = ended.Exception;
                    stop.Dispose();
                },
                CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }
    }
}
