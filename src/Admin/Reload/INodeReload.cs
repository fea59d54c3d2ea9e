namespace Postfleet.Admin.Reload;

/// <summary>Reads the configuration of this node again. Thread-safe; one reload runs at a time.</summary>
public interface INodeReload
{
    /// <summary>Reads the configuration again and applies it, or changes nothing when it has a fault.</summary>
    /// <param name="author">Who asks for the reload, for the log.</param>
    Task<ReloadOutcome> ReloadAsync(string author);
}

/// <summary>The outcome of a reload on a node. Keys are named without their values; a list counts as one key.</summary>
/// <param name="Changed">The changed keys whose new values are in force now.</param>
/// <param name="RestartNeeded">The changed keys whose new values need a restart.</param>
/// <param name="Errors">A line for each fault, with secrets masked. If there is one, the old values stay in force.</param>
public sealed record ReloadOutcome(
    IReadOnlyList<string> Changed, IReadOnlyList<string> RestartNeeded, IReadOnlyList<string> Errors)
{
    /// <summary>The outcome of a reload that changed nothing.</summary>
    public static ReloadOutcome Failed(params IReadOnlyList<string> errors) => new([], [], errors);
}
