using System.Reflection;
using System.Text.RegularExpressions;
using Postfleet.Architecture.Tests.Scanning;
using Postfleet.Configuration;
using Xunit;

namespace Postfleet.Architecture.Tests;

/// <summary>The options of a module are its own: its keys, their rules and the records that they are bound to.</summary>
public sealed class OptionsTests
{
    private static readonly List<(string Module, ConfigurationKey Key)> Keys =
    [
        .. from module in Repository.Modules
           from type in Assembly.LoadFrom(Repository.AssemblyPath(module)).GetTypes()
           where type is { IsAbstract: false } && typeof(IModuleConfiguration).IsAssignableFrom(type)
           from key in ((IModuleConfiguration)Activator.CreateInstance(type)!).Keys
           select (module, key),
    ];

    public static TheoryData<string> Modules => [.. Repository.Modules];

    [Fact]
    public void A_section_belongs_to_one_module()
    {
        Assert.NotEmpty(Keys);
        Assert.Empty(Keys.GroupBy(key => key.Key.Segments[0]).Where(section => section.Select(key => key.Module).Distinct().Count() > 1)
            .Select(section => section.Key));
    }

    [Fact]
    public void The_libraries_below_the_modules_have_no_keys() =>
        Assert.Empty(Keys.Select(key => key.Module).Intersect(["Core", "Contracts", "Configuration", "Storage"]));

    /// <summary>
    /// The node composes all modules and checks values across them, so it may name any key. Other modules are given the node's name and
    /// its database, and may say which key they come from.
    /// </summary>
    [Theory]
    [MemberData(nameof(Modules))]
    public void A_module_names_only_its_own_keys(string module)
    {
        if (module == "Node") return;
        HashSet<string> own = [.. Keys.Where(key => key.Module == module).Select(key => key.Key.Segments[0]),
            "Node:Hostname", "Storage:ConnectionString"];
        var foreign = Keys.Select(key => key.Key.Segments[0]).Distinct().Where(section => !own.Contains(section));
        var named = new Regex($@"(?<![\w:])({string.Join('|', foreign)}):[A-Z{{]\w+");
        Assert.Empty(
            from file in Repository.Sources(module)
            from line in File.ReadLines(file)
            where !line.TrimStart().StartsWith("//", StringComparison.Ordinal)
            from Match key in named.Matches(line)
            where !own.Contains(key.Value)
            select $"{Path.GetFileName(file)} names {key}");
    }

    [Theory]
    [MemberData(nameof(Modules))]
    public void Options_records_are_in_the_folder_of_their_module(string module) => Assert.Empty(
        Assembly.LoadFrom(Repository.AssemblyPath(module)).GetTypes()
            .Where(type => typeof(IModuleConfiguration).IsAssignableFrom(type) && type is { IsAbstract: false })
            .Where(type => type.Namespace != $"Postfleet.{module}.Options").Select(type => type.FullName));
}
