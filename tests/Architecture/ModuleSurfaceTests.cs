using System.Reflection;
using System.Runtime.CompilerServices;
using Postfleet.Architecture.Tests.Scanning;
using Xunit;

namespace Postfleet.Architecture.Tests;

/// <summary>Tests of the public surface of modules.</summary>
public sealed class ModuleSurfaceTests
{
    /// <summary>The modules composed by the node.</summary>
    public static TheoryData<string> ComposedModules =>
        [.. Repository.Modules.Except(["Core", "Contracts", "Configuration", "Storage", "Authentication", "Node"])];

    public static TheoryData<string> Modules => [.. Repository.Modules];

    [Theory]
    [MemberData(nameof(ComposedModules))]
    public void A_module_is_added_by_one_call(string module)
    {
        // A module without a reference from the node is not built yet.
        if (!ScannedAssembly.Of(Repository.AssemblyPath("Node")).References.Contains($"Postfleet.{module}")) return;
        var adders = Types(module).Where(type => type is { IsPublic: true, IsAbstract: true, IsSealed: true })
            .SelectMany(type => type.GetMethods(BindingFlags.Public | BindingFlags.Static | BindingFlags.DeclaredOnly))
            .Where(method => method.IsDefined(typeof(ExtensionAttribute)) && method.Name.StartsWith("Add", StringComparison.Ordinal))
            .Select(method => method.Name);
        Assert.Single(adders);
    }

    [Theory]
    [MemberData(nameof(Modules))]
    public void Only_tests_and_benchmarks_see_the_internals_of_a_module(string module) =>
        Assert.DoesNotContain(
            Assembly.LoadFrom(Repository.AssemblyPath(module)).GetCustomAttributes<InternalsVisibleToAttribute>()
                .Select(friend => friend.AssemblyName),
            name => !name.EndsWith(".Tests", StringComparison.Ordinal) && name != "Postfleet.Benchmarks");

    // The types of the sources. The compiler and generators add types outside of the module's namespace.
    private static List<Type> Types(string module) => [.. Assembly.LoadFrom(Repository.AssemblyPath(module)).GetTypes()
        .Where(type => type.Namespace?.StartsWith($"Postfleet.{module}", StringComparison.Ordinal) == true)];
}
