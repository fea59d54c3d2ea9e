using Postfleet.Configuration;
using Postfleet.Core;
using Postfleet.Core.Classification;

namespace Postfleet.Delivery.Options;

/// <summary>
/// Reads the files of section <c>Responses</c> and tests their samples. Called by the check of the configuration, and when the node starts.
/// </summary>
internal static class ResponseRules
{
    private const string Allowed = "allowed: a file with rules in JSON";

    /// <summary>The classifier of a configuration.</summary>
    /// <param name="options">The section.</param>
    /// <param name="providers">Section <c>Providers</c>, whose names rules may have.</param>
    /// <exception cref="StartFailureException">A file has changed since the check and has a fault.</exception>
    public static BounceClassifier Load(ResponseOptions options, IReadOnlyList<ProviderOptions> providers)
    {
        // Without files, the shipped rules are read when they are first needed.
        if (options is { Files: [], Shipped: true }) return BounceClassifier.Shipped;
        var errors = new List<string>();
        var rules = Read(options, providers, Path.GetFullPath, errors);
        return errors.Count == 0 ? new BounceClassifier(rules) : throw new StartFailureException(errors[0]);
    }

    /// <summary>An error line for each fault of the files.</summary>
    public static IReadOnlyList<string> Check(
        ResponseOptions options, IReadOnlyList<ProviderOptions> providers, Func<string, string> full)
    {
        var errors = new List<string>();
        Read(options with { Shipped = false }, providers, full, errors);
        return errors;
    }

    /// <summary>The rules in their order. A shipped rule is replaced by a rule of its id.</summary>
    /// <param name="options">The section.</param>
    /// <param name="providers">Section <c>Providers</c>.</param>
    /// <param name="full">Returns the full path of a file.</param>
    /// <param name="errors">Gets an error line for each fault.</param>
    public static IReadOnlyList<BounceRule> Read(
        ResponseOptions options, IReadOnlyList<ProviderOptions> providers, Func<string, string> full, ICollection<string> errors)
    {
        // Names that are there twice are an error of their section.
        var hosts = providers.DistinctBy(provider => provider.Name).ToDictionary(
            provider => provider.Name, provider => (IReadOnlyList<string>)[.. new HostPatterns(provider.Mx).All], StringComparer.Ordinal);
        var own = new List<BounceRule>();
        var places = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (index, file) in options.Files.Index().Where(file => file.Item.Length > 0))
        {
            var key = $"Responses:Files:{index} is '{file}'";
            byte[] content = [];
            if (FileFaults.Try(() => content = ReadStart(full(file))) is { } unread)
            {
                errors.Add($"{key}, which cannot be read: {unread}; {Allowed}");
                continue;
            }

            var read = RuleFile.Read(content, hosts);
            foreach (var fault in read.Faults) errors.Add($"{key}, {fault}");
            foreach (var rule in read.Rules)
            {
                var place = $"{key}, line {rule.Line}";
                if (places.TryAdd(rule.Id, place)) own.Add(rule);
                else if (read.Faults.Count == 0)
                    errors.Add($"{place}: id is '{rule.Id}', as in another file; allowed: an id of its own for each rule");
            }
        }

        foreach (var (rule, fault) in RuleSamples.Check(own)) errors.Add($"{places[rule.Id]}: {fault}");
        return options.Shipped ? [.. own, .. ShippedRules.All.Where(rule => !places.ContainsKey(rule.Id))] : own;
    }

    // One octet more than allowed shows that a file is too long.
    private static byte[] ReadStart(string file)
    {
        using var stream = File.OpenRead(file);
        var content = new byte[RuleFile.MaxLength + 1];
        return content[..stream.ReadAtLeast(content, content.Length, throwOnEndOfStream: false)];
    }
}
