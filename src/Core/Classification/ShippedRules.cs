namespace Postfleet.Core.Classification;

/// <summary>The rules that come with the program, from the embedded file <c>bounce-rules.json</c>.</summary>
public static class ShippedRules
{
    private const string Resource = "Postfleet.Core.Classification.bounce-rules.json";

    private static readonly Lazy<IReadOnlyList<BounceRule>> Rules = new(Load);

    /// <summary>The rules in their order.</summary>
    public static IReadOnlyList<BounceRule> All => Rules.Value;

    private static IReadOnlyList<BounceRule> Load()
    {
        using var stream = typeof(ShippedRules).Assembly.GetManifestResourceStream(Resource)!;
        var content = new byte[stream.Length];
        stream.ReadExactly(content);
        var file = RuleFile.Read(content);
        // A test reads the file, so that a release with a fault cannot be made.
        return file.Faults.Count == 0 ? file.Rules : throw new InvalidOperationException($"{Resource}, {file.Faults[0]}");
    }
}
