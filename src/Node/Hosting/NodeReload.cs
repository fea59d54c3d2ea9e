using Postfleet.Admin.Reload;
using Postfleet.Configuration;
using Postfleet.Core;
using Postfleet.Node.Configuration;
using Postfleet.Node.Options;

namespace Postfleet.Node.Hosting;

/// <summary>
/// Reads the configuration again on SIGHUP and by order of the API: all modules apply it, or none. Owned by <see cref="NodeHost"/>. Runs on
/// the thread pool; reloads wait for each other and for the end of the node's start.
/// </summary>
/// <param name="first">The configuration with which the node starts.</param>
/// <param name="sources">The sources to read, with the file that was read at the start.</param>
/// <param name="prepare">Prepares all modules and returns their steps; see <see cref="ReloadedModules"/>.</param>
/// <param name="notify">Tells systemd a state.</param>
/// <param name="logger">The log.</param>
internal sealed class NodeReload(
    RunningConfiguration first, ConfigurationSources sources, Func<PostfleetOptions, IReadOnlyList<Action>> prepare, Action<string> notify,
    ILogger logger) : INodeReload
{
    private readonly TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly SemaphoreSlim _gate = new(1);
    private RunningConfiguration _running = first;
    private ConfigurationSources _sources = sources;
    private volatile bool _isStopping;

    /// <summary>The node has started: reloads begin.</summary>
    public void Begin() => _started.TrySetResult();

    /// <summary>The node stops: later reloads have no effect.</summary>
    public void End()
    {
        _isStopping = true;
        _started.TrySetResult();
    }

    /// <inheritdoc/>
    public async Task<ReloadOutcome> ReloadAsync(string author)
    {
        // The caller may be an actor.
        await Task.Yield();
        await _started.Task;
        await _gate.WaitAsync();
        try
        {
            if (_isStopping) return ReloadOutcome.Failed("the node is stopping");
            notify(SystemdNotifier.Reloading());
            var outcome = Reload(author);
            if (!_isStopping) notify(SystemdNotifier.Ready);
            return outcome;
        }
        finally
        {
            _gate.Release();
        }
    }

    private ReloadOutcome Reload(string author)
    {
        try
        {
            var read = ConfigurationLoader.Load(_sources, () => _running.Options.Node.Hostname, checksFiles: true);
            if (read.Loaded is not { } loaded) return Refuse(author, read.Errors);
            var step = _running.StepTo(loaded);
            if (step.Errors.Count > 0)
                return Refuse(author, [.. step.Errors.Select(error => $"{error}; values that need a restart are still the old ones")]);
            var apply = prepare(step.Next.Options);
            foreach (var action in apply) action();
            (_running, _sources) = (step.Next, loaded.Sources);
            foreach (var warning in loaded.Warnings) NodeLog.ConfigurationWarning(logger, warning);
            var (changed, restart) = (step.Plan.Changed, step.Plan.RestartNeeded);
            NodeLog.Reloaded(logger, author, Names(changed), Names(restart));
            return new ReloadOutcome(changed, restart, []);
        }
        catch (Exception e) when (e is StartFailureException || FileFaults.IsFault(e))
        {
            // A file has changed since it was checked.
            return Refuse(author, [e.Message.ReplaceLineEndings(" ")]);
        }
        catch (Exception e)
        {
            // A fault of the program must neither end the node nor the reload's caller without an answer.
            NodeLog.ReloadCrashed(logger, e, author);
            return ReloadOutcome.Failed("the reload failed; the node's log has the event 'reload failed'");
        }
    }

    private ReloadOutcome Refuse(string author, IReadOnlyList<string> errors)
    {
        foreach (var error in errors) NodeLog.ReloadRefused(logger, author, error);
        return ReloadOutcome.Failed(errors);
    }

    private static string Names(IReadOnlyList<string> keys) => keys.Count == 0 ? "none" : string.Join(", ", keys);
}
