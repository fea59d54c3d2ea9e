namespace Postfleet.Core.Classification;

/// <summary>The rules that come with the program, from embedded files: those of providers first.</summary>
public static class ShippedRules
{
    private static readonly string[] Resources =
        ["Postfleet.Core.Classification.provider-rules.json", "Postfleet.Core.Classification.bounce-rules.json"];

    private static readonly Lazy<IReadOnlyList<BounceRule>> Rules = new(() => [.. Resources.SelectMany(Load)]);

    /// <summary>The rules in their order.</summary>
    public static IReadOnlyList<BounceRule> All => Rules.Value;

    private static IReadOnlyList<BounceRule> Load(string resource)
    {
        using var stream = typeof(ShippedRules).Assembly.GetManifestResourceStream(resource)!;
        var content = new byte[stream.Length];
        stream.ReadExactly(content);
        var file = RuleFile.Read(content);
        // A test reads the file, so that a release with a fault cannot be made.
        return file.Faults.Count == 0 ? file.Rules : throw new InvalidOperationException($"{resource}, {file.Faults[0]}");
    }
}
