using Postfleet.Core;
using Postfleet.Core.Classification;
using Postfleet.Core.Mail;
using Postfleet.Delivery.Options;
using Postfleet.Testing;
using Xunit;
using SmtpReply = Postfleet.Core.Mail.SmtpReply;

namespace Postfleet.Delivery.Tests.Options;

/// <summary>Files of section <c>Responses</c>: their order, their faults, and the shipped rules behind them.</summary>
public sealed class ResponseRulesTests : IDisposable
{
    private static readonly SmtpReply Refusal = new(550, new EnhancedStatus(5, 7, 1), "the owl says no");

    private readonly TempFolder _folder = new("responses");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Rules_of_files_precede_the_shipped_rules()
    {
        var classifier = ResponseRules.Load(new ResponseOptions { Files = [Write("a.json", Owl("owl", "spam"))] }, []);

        Assert.Equal("owl", classifier.FindRule(Refusal)!.Id);
        Assert.Equal("unknown-user", classifier.Classify(new SmtpReply(550, new EnhancedStatus(5, 1, 1), "no such user"))!.Name);
        Assert.Equal("code-policy", ResponseRules.Load(new ResponseOptions(), []).FindRule(Refusal)!.Id);
    }

    [Fact]
    public void Shipped_rules_can_be_left_out() => Assert.Same(
        BounceClass.Unknown, ResponseRules.Load(new ResponseOptions { Shipped = false }, []).Classify(Refusal));

    [Fact]
    public void Rule_with_the_id_of_a_shipped_rule_replaces_it()
    {
        var file = Write("a.json", """{ "id": "greylisted", "class": "throttled", "text": "owl", "sample": "450 owl" }""");
        var rules = Read(file).Rules;

        Assert.Equal(ShippedRules.All.Count, rules.Count);
        Assert.Equal("throttled", Assert.Single(rules, rule => rule.Id == "greylisted").Class.Name);
    }

    [Fact]
    public void Faults_name_key_file_line_and_what_is_allowed()
    {
        var missing = _folder["missing.json"];
        Assert.StartsWith($"Responses:Files:0 is '{missing}', which cannot be read: ", Assert.Single(Read(missing).Errors),
            StringComparison.Ordinal);

        var wrong = Write("wrong.json", "\n" + Owl("owl", "sparn"));
        Assert.StartsWith($"Responses:Files:0 is '{wrong}', line 2: class is 'sparn'; allowed: unknown-user, mailbox-disabled, ", Assert
            .Single(Read(wrong).Errors), StringComparison.Ordinal);

        var other = Write("sample.json", Owl("owl", "spam").Replace("550 5.7.1", "450 4.7.1", StringComparison.Ordinal));
        Assert.Equal(
            $"Responses:Files:0 is '{other}', line 1: sample is '450 4.7.1 the Owl', which the rule does not match; "
            + "allowed: a reply with its codes, text and stage",
            Assert.Single(Read(other).Errors));
    }

    [Fact]
    public void Rules_of_an_earlier_file_count_for_the_samples_of_a_later_file()
    {
        var (first, second) = (Write("a.json", Owl("owl", "spam")), Write("b.json", Owl("bird", "policy")));

        Assert.Equal(
            $"Responses:Files:1 is '{second}', line 1: sample is '550 5.7.1 the Owl', which the earlier rule 'owl' matches; "
            + "allowed: a reply that no earlier rule matches",
            Assert.Single(Read(first, second).Errors));
        Assert.Equal(
            $"Responses:Files:1 is '{first}', line 1: id is 'owl', as in another file; allowed: an id of its own for each rule",
            Assert.Single(Read(first, first).Errors));
    }

    [Fact]
    public void Fault_stops_the_start() => Assert.StartsWith(
        "Responses:Files:0 is ",
        Assert.Throws<StartFailureException>(
            () => ResponseRules.Load(new ResponseOptions { Files = [_folder["missing.json"]] }, [])).Message,
        StringComparison.Ordinal);

    [Fact]
    public void Rule_names_a_provider_of_the_configuration_which_precedes_a_known_one()
    {
        var file = Write("a.json", """
            { "id": "owl", "provider": "nest", "class": "policy", "text": "owl", "sample": "450 owl" },
            { "id": "bird", "provider": "google", "class": "policy", "text": "bird", "sample": "450 bird" }
            """);
        var classifier = ResponseRules.Load(
            new ResponseOptions { Files = [file], Shipped = false },
            [
                new ProviderOptions { Name = "nest", Mx = "mx.nest.test, .branch.test" },
                new ProviderOptions { Name = "google", Mx = ".sky.test" },
            ]);

        Assert.Equal(["owl", "owl", null, null], from host in (string[])["MX.nest.test", "a.branch.test", "a.mx.nest.test", "mx.sky.test"]
                                                 select classifier.FindRule(new SmtpReply(450, null, "owl"), $"{host}[192.0.2.1]:25")?.Id);
        Assert.Equal(["bird", null], from host in (string[])["mx.sky.test", "mx.google.com"]
                                     select classifier.FindRule(new SmtpReply(450, null, "bird"), $"{host}[192.0.2.1]:25")?.Id);
    }

    [Fact]
    public void Unknown_provider_is_one_line_that_lists_the_names_of_the_configuration_first()
    {
        var file = Write("a.json", """{ "id": "owl", "provider": "nets", "class": "policy", "text": "owl", "sample": "450 owl" }""");
        var error = Assert.Single(ResponseRules.Check(
            new ResponseOptions { Files = [file] }, [new ProviderOptions { Name = "nest", Mx = ".branch.test" }], Path.GetFullPath));

        Assert.StartsWith(
            $"Responses:Files:0 is '{file}', line 1: provider is 'nets'; allowed: suffixes of host names such as .example.net, nest, ",
            error, StringComparison.Ordinal);
    }

    private static string Owl(string id, string name) =>
        $$"""{ "id": "{{id}}", "class": "{{name}}", "codes": ["5yz"], "text": "owl", "sample": "550 5.7.1 the Owl" }""";

    private static (IReadOnlyList<BounceRule> Rules, List<string> Errors) Read(params string[] files)
    {
        var errors = new List<string>();
        return (ResponseRules.Read(new ResponseOptions { Files = files }, [], Path.GetFullPath, errors), errors);
    }

    private string Write(string name, string rules)
    {
        File.WriteAllText(_folder[name], $"{{ \"rules\": [ {rules} ] }}");
        return _folder[name];
    }
}
