using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Postfleet.Core.Classification;
using Postfleet.Core.Mail;
using Xunit;
using Xunit.Abstractions;

namespace Postfleet.Core.Tests.Classification;

/// <summary>
/// The replies of smtp-field-manual, each with the class that it must get. The texts are not in this repository: the test runs where
/// <c>POSTFLEET_FIELD_MANUAL</c> names a checkout of https://github.com/ActiveCampaign/smtp-field-manual.
/// </summary>
public sealed partial class FieldManualTests(ITestOutputHelper output)
{
    private const int Count = 206;

    private static readonly string[][] Labels =
    [
        .. File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Classification", "field-manual.tsv"))
            .Where(line => !line.StartsWith('#')).Select(line => line.Split('\t')),
    ];

    [Fact]
    public void Each_label_is_a_class()
    {
        Assert.Equal(Count, Labels.Length);
        Assert.All(Labels, label => Assert.NotNull(BounceClass.Find(label[3])));
    }

    [FieldManualFact]
    public void Each_reply_gets_its_class()
    {
        var classes = Labels.DistinctBy(label => label[2]).ToDictionary(label => label[2], label => label[3], StringComparer.Ordinal);
        var replies = Directory.GetFiles(Path.Combine(FieldManualFactAttribute.Folder!, "data", "codes"), "*.json")
            .SelectMany(Read).ToList();
        var wrong = replies.Select(reply => (Reply: reply, Expected: classes.GetValueOrDefault(Hash(reply.Text)) ?? "no label",
                Rule: BounceClassifier.Shipped.FindRule(Parse(reply))))
            .Where(each => each.Expected != (each.Rule?.Class ?? BounceClass.Unknown).Name)
            .Select(each => $"{each.Expected}, not {each.Rule?.Class.Name} ({each.Rule?.Id}): {each.Reply.Text}").ToList();
        output.WriteLine($"{replies.Count - wrong.Count} of {replies.Count} replies have their class");

        Assert.Equal((Count, 0), (replies.Count, wrong.Count));
    }

    [FieldManualFact]
    public void No_reply_about_a_recipient_or_a_message_slows_a_site_whoever_says_it()
    {
        BounceScope[] ofOne = [BounceScope.Recipient, BounceScope.Domain, BounceScope.Message];
        var classes = Labels.DistinctBy(label => label[2]).ToDictionary(label => label[2], label => label[3], StringComparer.Ordinal);
        var slowed = 0;
        var files = Directory.GetFiles(Path.Combine(FieldManualFactAttribute.Folder!, "data", "codes"), "*.json");
        foreach (var reply in files.SelectMany(Read))
        {
            var rules = ShippedRulesTests.Hosts.Select(host => BounceClassifier.Shipped.FindRule(Parse(reply), host)).ToList();
            var reacting = rules.Where(rule => rule is { Reactions.Count: > 0 }).Select(rule => rule!.Id).Distinct().ToList();
            output.WriteLine($"{classes[Hash(reply.Text)]}: {string.Join(' ', reacting)}: {reply.Text}");
            slowed += reacting.Count > 0 ? 1 : 0;
            if (ofOne.Contains(BounceClass.Find(classes[Hash(reply.Text)])!.Scope)) Assert.Empty(reacting);
        }

        output.WriteLine($"{slowed} of {Count} replies slow or pause a site");
    }

    private static IEnumerable<(string Code, string Text)> Read(string file)
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(file));
        return
        [
            .. from list in document.RootElement.EnumerateObject()
               where list.Value.ValueKind == JsonValueKind.Array
               from provider in list.Value.EnumerateArray()
               from reply in provider.GetProperty("responses").EnumerateArray()
               select (Path.GetFileNameWithoutExtension(file), reply.GetProperty("response").GetString()!),
        ];
    }

    // Many texts have words of a report in front of the reply, and some no basic code. Delivery keeps ASCII alone.
    private static SmtpReply Parse((string Code, string Text) reply)
    {
        var start = StartOfReply().Match(reply.Text);
        var text = start.Success ? reply.Text[start.Index..] : $"{reply.Code} {reply.Text}";
        return ReplyText.TryParse(string.Concat(text.Select(character => char.IsAscii(character) ? character : '?')), ReplyStage.Unknown)!;
    }

    private static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..16];

    [GeneratedRegex(@"(?<![\d.])[45]\d\d(?=[ -])")]
    private static partial Regex StartOfReply();
}

/// <summary>A fact that needs a checkout of smtp-field-manual.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class FieldManualFactAttribute : FactAttribute
{
    public FieldManualFactAttribute()
    {
        if (Folder is null) Skip = "needs a checkout of smtp-field-manual: set POSTFLEET_FIELD_MANUAL";
    }

    public static string? Folder { get; } = Environment.GetEnvironmentVariable("POSTFLEET_FIELD_MANUAL");
}
