using Postfleet.Configuration;
using Postfleet.Node.Options;

namespace Postfleet.Node.Configuration;

/// <summary>
/// The configuration in force, and the step to newly read values. Immutable; the reload of the node holds the current one.
/// </summary>
/// <param name="Options">The options in force.</param>
/// <param name="Values">Their values as they were read.</param>
/// <param name="Files">The contents of the files that they name.</param>
internal sealed record RunningConfiguration(PostfleetOptions Options, Layer Values, FileContents Files)
{
    /// <summary>The configuration with which a node starts.</summary>
    /// <param name="loaded">The configuration as it was read.</param>
    /// <param name="options">Its options, with the limits of the machine.</param>
    public static RunningConfiguration Of(LoadedConfiguration loaded, PostfleetOptions options) =>
        new(options, loaded.Values, Read(loaded.Values, loaded.Sources));

    /// <summary>The step to newly read values.</summary>
    /// <returns>
    /// The configuration after the step, the changed keys, and a line for each contradiction between new values and old values that need a
    /// restart.
    /// </returns>
    public (RunningConfiguration Next, ReloadPlan Plan, IReadOnlyList<string> Errors) StepTo(LoadedConfiguration loaded)
    {
        var files = Read(loaded.Values, loaded.Sources);
        var plan = ReloadPlan.Make(ConfigurationTable.Table, Values, loaded.Values, Files.Changes(files));
        // Each value alone is allowed, since both sets of values are.
        IReadOnlyList<string> errors = plan.RestartNeeded.Count == 0 ? []
            : ConfigurationLoader.Check(plan.Values, loaded.Sources.WorkingDirectory);
        var options = OptionsMap.Bind<PostfleetOptions>(plan.Values);
        // The name of the machine, its address, and the limit of open files are found at the start.
        options = options with
        {
            Node = Options.Node,
            Cluster = Options.Cluster,
            Smtp = options.Smtp with { MaxConnections = Options.Smtp.MaxConnections },
        };
        return (this with { Options = options, Values = plan.Values, Files = KeepOld(files) }, plan, errors);

        // A file of a key that needs a restart stays named until the restart.
        FileContents KeepOld(FileContents found) => found.With(Files, plan.RestartNeeded);
    }

    private static FileContents Read(Layer values, ConfigurationSources sources) =>
        FileContents.Read(ConfigurationTable.Table, values, sources.WorkingDirectory);
}
