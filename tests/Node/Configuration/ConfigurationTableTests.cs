using Postfleet.Configuration;
using Postfleet.Node.Configuration;
using Postfleet.Node.Options;
using Xunit;

namespace Postfleet.Node.Tests.Configuration;

public sealed class ConfigurationTableTests
{
    public static TheoryData<string> Keys => [.. ConfigurationTable.Table.Keys.Select(key => key.Path)];

    [Fact]
    public void The_table_has_exactly_the_properties_of_the_options() =>
        Assert.Equal(PathsOf(typeof(PostfleetOptions), "").Order(), ConfigurationTable.Table.Keys.Select(key => key.Path).Order());

    [Theory]
    [MemberData(nameof(Keys))]
    public void Example_is_allowed_and_in_canonical_form(string path)
    {
        var key = KeyModel.Get(path);
        Assert.Equal(key.Example, key.Rule.Normalize(key.Example));
    }

    [Theory]
    [MemberData(nameof(Keys))]
    public void The_example_is_not_the_default_so_that_overriding_shows(string path)
    {
        var key = KeyModel.Get(path);
        var isOnlyChoice = key.Rule.Kind == ValueKind.Choice && !key.Rule.Allowed.Contains(',');
        Assert.Equal(isOnlyChoice, KeyModel.DefaultText(key) == $"`{key.Example}`");
    }

    [Theory]
    [MemberData(nameof(Keys))]
    public void Default_is_allowed_and_in_canonical_form(string path)
    {
        var key = KeyModel.Get(path);
        var defaults = OptionsMap.Flatten(new PostfleetOptions()).Values.Where(value => KeyModel.PatternOf(value.Key) == path);
        Assert.All(defaults, value => Assert.Equal(value.Value, key.Rule.Normalize(value.Value)));
    }

    [Theory]
    [MemberData(nameof(Keys))]
    public void Nonsense_is_refused_unless_any_text_is_allowed(string path)
    {
        const string Nonsense = "no such thing!";
        var key = KeyModel.Get(path);
        var isAnyText = path is "Storage:Path" or "Routes:#:User" or "Routes:#:Password" or "Routes:#:PasswordFile"
                or "Responses:Files:#" or "Inbound:Recipients:#" or "Inbound:AccessFiles:#" or "Inbound:Seal:Key"
                or "Inbound:Rates:#:Text" or "Dkim:#:Key" or "Signing:SecretFile"
                or "Rewriting:Addresses:#" or "Rewriting:Headers:#:Value"
                or "Storage:PasswordFile" or "Admin:TokenFile" or "Admin:Tokens:#:TokenFile"
                or "Auth:UserFile" or "Auth:OAuth:KeyFile" or "Auth:OAuth:Audience" or "Auth:OAuth:NameClaim"
                or "Filters:#:User" or "Filters:#:SecretFile" or "Filters:#:Authorities"
                or "DmarcReports:Organization" or "DmarcReports:Contact"
            || (path.Contains("Tls:", StringComparison.Ordinal) && !path.Contains("Tls:MtaSts", StringComparison.Ordinal)
                && !path.Contains("Tls:Dane", StringComparison.Ordinal));
        Assert.Equal(isAnyText ? Nonsense : null, key.Rule.Normalize(Nonsense));
    }

    private static IEnumerable<string> PathsOf(Type type, string prefix) => type.GetProperties().SelectMany(property =>
    {
        var path = prefix + property.Name;
        var isList = property.PropertyType.IsGenericType && property.PropertyType.GetGenericTypeDefinition() == typeof(IReadOnlyList<>);
        var value = isList ? property.PropertyType.GetGenericArguments()[0] : property.PropertyType;
        if (isList) path += ":#";
        return value.Name.EndsWith("Options", StringComparison.Ordinal) ? PathsOf(value, path + ":") : [path];
    });
}
